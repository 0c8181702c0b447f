include: "/views/generated/dim_airlines.view.lkml"

view: +dim_airlines {
  set: airline {
    fields: [airline_name, airline_iata, airline_icao, country_name]
  }

  measure: airline_count {
    label: "Airlines"
    description: "Airlines."
    type: count
    value_format_name: decimal_0
    drill_fields: [airline*]
  }
}
