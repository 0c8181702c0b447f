include: "/views/generated/data_freshness.view.lkml"

view: +data_freshness {
  set: endpoints {
    fields: [endpoint, last_loaded_at_time, last_complete_as_of_time, load_count]
  }

  measure: load_count {
    label: "Loads"
    description: "Loads so far."
    type: sum
    sql: ${TABLE}.loads ;;
    value_format_name: decimal_0
    drill_fields: [endpoints*]
  }

  measure: complete_load_count {
    label: "Complete Loads"
    description: "Loads proved complete."
    type: sum
    sql: ${TABLE}.complete_loads ;;
    value_format_name: decimal_0
    drill_fields: [endpoints*]
  }

  measure: call_count {
    label: "Calls"
    description: "API calls of the loads."
    type: sum
    sql: ${TABLE}.calls ;;
    value_format_name: decimal_0
    drill_fields: [endpoints*]
  }
}
