connection: "@{CONNECTION}"
label: "Airline partners"

include: "/views/*.view.lkml"
include: "/dashboards/*.dashboard.lookml"

week_start_day: monday

# Marts change only when a build changes them.
datagroup: marts_built {
  label: "Marts were built"
  description: "Triggers when dbt has rebuilt the marts."
  sql_trigger: SELECT max(built_at) FROM marts.data_freshness ;;
  max_cache_age: "24 hours"
}

persist_with: marts_built

explore: fct_flights {
  label: "Flights"
  description: "Every physical flight once: its schedule, its outcome and its delays at the runway (as sent) and at the gate (estimated). For any question by route, hour, airport or single flight."
  always_filter: {
    filters: [fct_flights.flight_date: "28 days", fct_flights.is_other_operator: "No"]
  }

  join: dim_airlines {
    view_label: "Airline"
    type: left_outer
    relationship: many_to_one
    sql_on: ${fct_flights.airline_key} = ${dim_airlines.airline_key} ;;
  }
  join: departure_airports {
    from: dim_airports
    view_label: "Departure Airport"
    type: left_outer
    relationship: many_to_one
    sql_on: ${fct_flights.departure_airport_key} = ${departure_airports.airport_key} ;;
  }
  join: arrival_airports {
    from: dim_airports
    view_label: "Arrival Airport"
    type: left_outer
    relationship: many_to_one
    sql_on: ${fct_flights.arrival_airport_key} = ${arrival_airports.airport_key} ;;
  }
  join: dim_dates {
    view_label: "Date"
    type: left_outer
    relationship: many_to_one
    sql_on: ${fct_flights.flight_raw} = ${dim_dates.date_raw} ;;
  }
}

explore: airline_daily_performance {
  label: "Partner Performance"
  description: "Performance of each operating airline on each day: punctuality as bands, delays, cancellations, size of the sample. Start here."
  always_filter: {
    filters: [airline_daily_performance.flight_date: "28 days", airline_daily_performance.is_other_operator: "No"]
  }

  join: dim_airlines {
    view_label: "Airline"
    type: left_outer
    relationship: many_to_one
    sql_on: ${airline_daily_performance.airline_key} = ${dim_airlines.airline_key} ;;
  }
  join: dim_dates {
    view_label: "Date"
    type: left_outer
    relationship: many_to_one
    sql_on: ${airline_daily_performance.flight_raw} = ${dim_dates.date_raw} ;;
  }
}

explore: route_performance {
  label: "Routes"
  description: "Performance of each airline on each route, by month."
  always_filter: {
    filters: [route_performance.is_other_operator: "No"]
  }

  join: dim_airlines {
    view_label: "Airline"
    type: left_outer
    relationship: many_to_one
    sql_on: ${route_performance.airline_key} = ${dim_airlines.airline_key} ;;
  }
}

explore: airport_hourly_punctuality {
  label: "Airports by Hour"
  description: "Departures and arrivals of all airlines together by airport, date and hour, on the airport's own clock. Compare no airports with assumed gate times."
  always_filter: {
    filters: [airport_hourly_punctuality.local_date: "28 days"]
  }

  join: dim_airports {
    view_label: "Airport"
    type: left_outer
    relationship: many_to_one
    sql_on: ${airport_hourly_punctuality.airport_key} = ${dim_airports.airport_key} ;;
  }
}

explore: data_completeness {
  label: "Data Completeness"
  description: "By date and partner: the slices expected from the API, and which of them are complete and on time."
}

explore: data_freshness {
  label: "Data Freshness"
  description: "When each endpoint was last loaded, and when the marts were built."
}

explore: flights {
  label: "Flights for End Users"
  description: "Date, status, airports, airline, number and key of every flight."
}
