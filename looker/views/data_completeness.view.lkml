include: "/views/generated/data_completeness.view.lkml"

view: +data_completeness {
  set: slices {
    fields: [flight_date, airline_name, expected_count, complete_count, missing_count, late_count, last_as_of_time]
  }

  measure: expected_count {
    label: "Expected Slices"
    description: "Slices expected from the API."
    type: sum
    sql: ${TABLE}.expected_slices ;;
    value_format_name: decimal_0
    drill_fields: [slices*]
  }

  measure: complete_count {
    label: "Complete Slices"
    description: "Slices proved complete."
    type: sum
    sql: ${TABLE}.complete_slices ;;
    value_format_name: decimal_0
    drill_fields: [slices*]
  }

  measure: settled_count {
    label: "Settled Slices"
    description: "Complete slices fetched after the date had settled: they no longer change."
    type: sum
    sql: ${TABLE}.settled_slices ;;
    value_format_name: decimal_0
    drill_fields: [slices*]
  }

  measure: incomplete_count {
    label: "Incomplete Slices"
    description: "Slices loaded, but never complete."
    type: sum
    sql: ${TABLE}.incomplete_slices ;;
    value_format_name: decimal_0
    drill_fields: [slices*]
  }

  measure: missing_count {
    label: "Missing Slices"
    description: "Slices never loaded."
    type: sum
    sql: ${TABLE}.missing_slices ;;
    value_format_name: decimal_0
    drill_fields: [slices*]
  }

  measure: late_count {
    label: "Late Slices"
    description: "Slices that settled late, or are overdue."
    type: sum
    sql: ${TABLE}.late_slices ;;
    value_format_name: decimal_0
    drill_fields: [slices*]
  }

  measure: completeness {
    label: "Completeness"
    description: "Complete slices out of expected slices."
    type: number
    sql: 1.0 * ${complete_count} / NULLIF(${expected_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [slices*]
  }
}
