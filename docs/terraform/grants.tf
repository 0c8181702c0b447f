locals {
  schema   = { for name, schema in snowflake_schema.this : name => schema.fully_qualified_name }
  building = ["STAGING", "INTERMEDIATE", "REFERENCE", "SNAPSHOTS", "MARTS"]

  on_schema = merge(
    { loader = { role = "loader", schema = "AVIATIONSTACK", privileges = ["USAGE", "CREATE TABLE"] } },
    { dbt = { role = "dbt", schema = "AVIATIONSTACK", privileges = ["USAGE"] } },
    { looker = { role = "looker", schema = "MARTS", privileges = ["USAGE"] } },
    { for name in local.building : "dbt-${name}" => { role = "dbt", schema = name, privileges = ["USAGE", "CREATE TABLE", "CREATE VIEW"] } },
  )

  reading = {
    dbt-tables    = { role = "dbt", schema = "AVIATIONSTACK", type = "TABLES" }
    looker-tables = { role = "looker", schema = "MARTS", type = "TABLES" }
    looker-views  = { role = "looker", schema = "MARTS", type = "VIEWS" }
  }
}

resource "snowflake_grant_privileges_to_account_role" "integration" {
  provider = snowflake.accountadmin

  account_role_name = "SYSADMIN"
  privileges        = ["USAGE"]
  on_account_object {
    object_type = "INTEGRATION"
    object_name = snowflake_storage_integration_gcs.staging.name
  }
}

resource "snowflake_grant_database_role" "credits" {
  count    = var.shows_credits ? 1 : 0
  provider = snowflake.accountadmin

  database_role_name = "\"SNOWFLAKE\".\"USAGE_VIEWER\""
  parent_role_name   = snowflake_account_role.party["loader"].name
}

resource "snowflake_grant_privileges_to_account_role" "warehouse" {
  for_each = local.parties
  provider = snowflake.securityadmin

  account_role_name = snowflake_account_role.party[each.key].name
  privileges        = ["USAGE"]
  on_account_object {
    object_type = "WAREHOUSE"
    object_name = snowflake_warehouse.party[each.key].name
  }
}

resource "snowflake_grant_privileges_to_account_role" "database" {
  for_each = local.parties
  provider = snowflake.securityadmin

  account_role_name = snowflake_account_role.party[each.key].name
  privileges        = ["USAGE"]
  on_account_object {
    object_type = "DATABASE"
    object_name = snowflake_database.this.name
  }
}

resource "snowflake_grant_privileges_to_account_role" "schema" {
  for_each = local.on_schema
  provider = snowflake.securityadmin

  account_role_name = snowflake_account_role.party[each.value.role].name
  privileges        = each.value.privileges
  on_schema {
    schema_name = local.schema[each.value.schema]
  }
}

resource "snowflake_grant_privileges_to_account_role" "stage" {
  provider = snowflake.securityadmin

  account_role_name = snowflake_account_role.party["loader"].name
  privileges        = ["USAGE"]
  on_schema_object {
    object_type = "STAGE"
    object_name = snowflake_stage_external_gcs.staging.fully_qualified_name
  }
}

resource "snowflake_grant_privileges_to_account_role" "all" {
  for_each = local.reading
  provider = snowflake.securityadmin

  account_role_name = snowflake_account_role.party[each.value.role].name
  privileges        = ["SELECT"]
  on_schema_object {
    all {
      object_type_plural = each.value.type
      in_schema          = local.schema[each.value.schema]
    }
  }
}

resource "snowflake_grant_privileges_to_account_role" "future" {
  for_each = local.reading
  provider = snowflake.securityadmin

  account_role_name = snowflake_account_role.party[each.value.role].name
  privileges        = ["SELECT"]
  on_schema_object {
    future {
      object_type_plural = each.value.type
      in_schema          = local.schema[each.value.schema]
    }
  }
}
