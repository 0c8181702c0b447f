include: "/views/generated/dim_dates.view.lkml"

view: +dim_dates {
  set: day {
    fields: [date_date, day_name]
  }

  measure: day_count {
    label: "Days"
    description: "Days."
    type: count
    value_format_name: decimal_0
    drill_fields: [day*]
  }
}
