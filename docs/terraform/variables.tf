variable "bucket" {
  description = "Name of the staging bucket."
  type        = string
}

variable "prefix" {
  description = "Folder below the bucket; AVIASTACK_STAGING is gs://BUCKET/PREFIX."
  type        = string
  default     = "aviastack"
}

variable "location" {
  description = "Region of the bucket: that of the Snowflake account and of the workers."
  type        = string
}

variable "project" {
  description = "Google Cloud project of the bucket."
  type        = string
}

variable "loader_service_account" {
  description = "E-mail of the Google service account that the workers run as."
  type        = string
}

variable "kms_key" {
  description = "Customer-managed encryption key of the bucket; Google's own if null."
  type        = string
  default     = null
}

variable "database" {
  description = "Snowflake database."
  type        = string
  default     = "AVIASTACK"
}

variable "shows_credits" {
  description = "Whether the loader may read the account's usage, for `aviastack status --cost`."
  type        = bool
  default     = false
}

variable "public_keys" {
  description = "RSA public key (without its first and last line) of loader, dbt, and looker; null if the user has a workload identity."
  type        = map(string)
  default     = {}
}

variable "workload_identities" {
  description = "Unique ID of the Google service account of loader, dbt, and looker; null if the user has a key pair."
  type        = map(string)
  default     = {}
}
