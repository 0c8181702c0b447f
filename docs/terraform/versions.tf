terraform {
  required_version = ">= 1.5"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.0"
    }
    snowflake = {
      source                = "snowflakedb/snowflake"
      version               = ">= 2.12"
      configuration_aliases = [snowflake.accountadmin, snowflake.useradmin, snowflake.sysadmin, snowflake.securityadmin]
    }
  }
}
