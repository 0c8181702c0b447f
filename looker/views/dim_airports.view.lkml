include: "/views/generated/dim_airports.view.lkml"

view: +dim_airports {
  set: airport {
    fields: [airport_name, airport_iata, city_name, country_name]
  }

  dimension: location {
    label: "Location"
    description: "The airport on a map."
    type: location
    sql_latitude: ${latitude} ;;
    sql_longitude: ${longitude} ;;
  }

  measure: airport_count {
    label: "Airports"
    description: "Airports."
    type: count
    value_format_name: decimal_0
    drill_fields: [airport*]
  }
}
