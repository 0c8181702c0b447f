project_name: "aviastack"

# The Looker connection to the warehouse that dbt builds the schema `marts` in.
constant: CONNECTION {
  value: "aviastack"
  export: override_required
}
