output "settings" {
  description = "The settings of aviastack for these objects."
  value = {
    AVIASTACK_STAGING       = "gs://${google_storage_bucket.staging.name}/${var.prefix}"
    AVIASTACK_STAGE         = "aviastack_stage"
    AVIASTACK_DBT_ROLE      = snowflake_account_role.party["dbt"].name
    AVIASTACK_DBT_USER      = snowflake_service_user.party["dbt"].name
    AVIASTACK_DBT_WAREHOUSE = snowflake_warehouse.party["dbt"].name
  }
}
