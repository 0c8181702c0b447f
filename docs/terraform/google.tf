resource "google_storage_bucket" "staging" {
  name                        = var.bucket
  project                     = var.project
  location                    = var.location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # Every staged file is written under a temporary name and moved, so soft delete would be billed for each.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = 8
      matches_prefix = ["${var.prefix}/.writing/"]
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = 90
      matches_prefix = ["${var.prefix}/partial/"]
    }
  }
}

resource "google_storage_bucket_iam_member" "loader" {
  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectUser"
  member = "serviceAccount:${var.loader_service_account}"
}

resource "google_storage_bucket_iam_member" "snowflake" {
  for_each = toset(["roles/storage.objectViewer", "roles/storage.legacyBucketReader"])

  bucket = google_storage_bucket.staging.name
  role   = each.key
  member = "serviceAccount:${snowflake_storage_integration_gcs.staging.describe_output[0].service_account}"
}
