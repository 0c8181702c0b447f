locals {
  url     = "gcs://${var.bucket}/${var.prefix}/"
  schemas = ["AVIATIONSTACK", "STAGING", "INTERMEDIATE", "REFERENCE", "SNAPSHOTS", "MARTS"]

  # One role, one service user, and one warehouse for each of them.
  parties = {
    loader = { role = "AVIASTACK_LOADER", user = "AVIASTACK_LOADER_SVC", warehouse = "AVIASTACK_LOAD", schema = "AVIATIONSTACK", timeout = 3600, queued = 1800 }
    dbt    = { role = "AVIASTACK_TRANSFORMER", user = "AVIASTACK_DBT_SVC", warehouse = "AVIASTACK_TRANSFORM", schema = "MARTS", timeout = 7200, queued = 1800 }
    looker = { role = "AVIASTACK_READER", user = "AVIASTACK_LOOKER_SVC", warehouse = "AVIASTACK_READ", schema = "MARTS", timeout = 600, queued = 300 }
  }
}

resource "snowflake_account_role" "party" {
  for_each = local.parties
  provider = snowflake.useradmin

  name = each.value.role
}

resource "snowflake_grant_account_role" "to_sysadmin" {
  for_each = local.parties
  provider = snowflake.useradmin

  role_name        = snowflake_account_role.party[each.key].name
  parent_role_name = "SYSADMIN"
}

# The session parameters protect loads and marts from the account's own date formats and time zone.
resource "snowflake_service_user" "party" {
  for_each = local.parties
  provider = snowflake.useradmin

  name                           = each.value.user
  default_role                   = each.value.role
  default_secondary_roles_option = "NONE"
  default_warehouse              = each.value.warehouse
  default_namespace              = "${var.database}.${each.value.schema}"
  rsa_public_key                 = lookup(var.public_keys, each.key, null)

  timezone                        = "UTC"
  timestamp_type_mapping          = "TIMESTAMP_NTZ"
  date_input_format               = "AUTO"
  date_output_format              = "YYYY-MM-DD"
  time_input_format               = "AUTO"
  time_output_format              = "HH24:MI:SS"
  timestamp_input_format          = "AUTO"
  timestamp_output_format         = "YYYY-MM-DD HH24:MI:SS.FF3"
  timestamp_ntz_output_format     = "YYYY-MM-DD HH24:MI:SS.FF3"
  week_start                      = 0
  autocommit                      = true
  error_on_nondeterministic_merge = true
  quoted_identifiers_ignore_case  = false
  lock_timeout                    = 900
  abort_detached_query            = true
  statement_timeout_in_seconds    = each.value.timeout

  dynamic "default_workload_identity" {
    for_each = lookup(var.workload_identities, each.key, null) == null ? [] : [var.workload_identities[each.key]]
    content {
      gcp {
        subject = default_workload_identity.value
      }
    }
  }
}

resource "snowflake_grant_account_role" "to_user" {
  for_each = local.parties
  provider = snowflake.useradmin

  role_name = snowflake_account_role.party[each.key].name
  user_name = snowflake_service_user.party[each.key].name
}

resource "snowflake_warehouse" "party" {
  for_each = local.parties
  provider = snowflake.sysadmin

  name                                = each.value.warehouse
  warehouse_size                      = "XSMALL"
  auto_suspend                        = 60
  auto_resume                         = true
  initially_suspended                 = true
  statement_timeout_in_seconds        = each.value.timeout
  statement_queued_timeout_in_seconds = each.value.queued
}

resource "snowflake_database" "this" {
  provider = snowflake.sysadmin

  name = var.database
}

resource "snowflake_schema" "this" {
  for_each = toset(local.schemas)
  provider = snowflake.sysadmin

  database            = snowflake_database.this.name
  name                = each.key
  with_managed_access = true
}

resource "snowflake_storage_integration_gcs" "staging" {
  provider = snowflake.accountadmin

  name                      = "AVIASTACK_GCS"
  enabled                   = true
  storage_allowed_locations = [local.url]
}

resource "snowflake_stage_external_gcs" "staging" {
  provider = snowflake.sysadmin

  database            = snowflake_database.this.name
  schema              = snowflake_schema.this["AVIATIONSTACK"].name
  name                = "AVIASTACK_STAGE"
  url                 = local.url
  storage_integration = snowflake_storage_integration_gcs.staging.name

  depends_on = [snowflake_grant_privileges_to_account_role.integration]
}
