include: "/views/generated/fct_flights.view.lkml"

view: +fct_flights {
  set: flight_detail {
    fields: [flight_date, flight_iata, route, outcome, departure_delay_minutes, arrival_delay_minutes, operating_row_seen]
  }

  dimension: route {
    label: "Route"
    description: "Departure and arrival airport, as JFK-LAX."
    type: string
    sql: ${departure_airport_key} || '-' || ${arrival_airport_key} ;;
  }

  dimension: delay_band {
    label: "Delay Band"
    description: "Arrival delay in bands of 15 minutes up to two hours."
    type: tier
    tiers: [0, 16, 31, 46, 61, 91, 121]
    style: integer
    sql: ${arrival_delay_minutes} ;;
  }

  measure: flight_count {
    label: "Flights"
    description: "Flights in the sky, counted once."
    type: count
    value_format_name: decimal_0
    drill_fields: [flight_detail*]
  }

  measure: cancelled_count {
    label: "Cancelled Flights"
    description: "Flights that were cancelled."
    type: sum
    sql: CASE WHEN ${outcome} = 'cancelled' THEN 1 ELSE 0 END ;;
    value_format_name: decimal_0
    drill_fields: [flight_detail*]
  }

  measure: cancellation_rate {
    label: "Cancellation Rate"
    description: "Cancelled flights out of all flights."
    type: number
    sql: 1.0 * ${cancelled_count} / NULLIF(${flight_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [flight_detail*]
  }

  measure: diverted_count {
    label: "Diverted Flights"
    description: "Flights that landed elsewhere, or met an incident."
    type: sum
    sql: CASE WHEN ${outcome} = 'diverted' THEN 1 ELSE 0 END ;;
    value_format_name: decimal_0
    drill_fields: [flight_detail*]
  }

  measure: unresolved_count {
    label: "Unresolved Flights"
    description: "Flights whose end the API never told, two days later."
    type: sum
    sql: CASE WHEN ${outcome} = 'unresolved' THEN 1 ELSE 0 END ;;
    value_format_name: decimal_0
    drill_fields: [flight_detail*]
  }

  measure: unresolved_rate {
    label: "Unresolved Rate"
    description: "Unresolved flights out of all flights: the share that no figure of punctuality speaks of."
    type: number
    sql: 1.0 * ${unresolved_count} / NULLIF(${flight_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [flight_detail*]
  }

  measure: timed_count {
    label: "Timed Arrivals"
    description: "The size of the sample: flights that landed and whose times are known and plausible."
    type: sum
    sql: CASE WHEN ${arrival_delay_minutes} IS NOT NULL THEN 1 ELSE 0 END ;;
    value_format_name: decimal_0
    drill_fields: [flight_detail*]
  }

  measure: on_time_count {
    label: "On-Time Arrivals"
    description: "Timed flights at most 15 minutes after schedule."
    type: sum
    sql: CASE WHEN ${is_arrival_on_time} THEN 1 ELSE 0 END ;;
    value_format_name: decimal_0
    drill_fields: [flight_detail*]
  }

  measure: on_time_rate {
    label: "On-Time Rate"
    description: "On-time arrivals out of timed arrivals. Cancelled, diverted and unresolved flights are in neither."
    type: number
    sql: 1.0 * ${on_time_count} / NULLIF(${timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [flight_detail*]
  }

  measure: on_time_rate_low {
    label: "On-Time Rate, Lower Bound"
    description: "Lower bound of the 95 % interval (Wilson): differences inside the interval may be chance."
    type: number
    sql: (${on_time_count} + 1.9208 - 1.96 * SQRT(1.0 * ${on_time_count} * (${timed_count} - ${on_time_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416) ;;
    value_format_name: percent_1
    drill_fields: [flight_detail*]
  }

  measure: on_time_rate_high {
    label: "On-Time Rate, Upper Bound"
    description: "Upper bound of the 95 % interval (Wilson): differences inside the interval may be chance."
    type: number
    sql: (${on_time_count} + 1.9208 + 1.96 * SQRT(1.0 * ${on_time_count} * (${timed_count} - ${on_time_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416) ;;
    value_format_name: percent_1
    drill_fields: [flight_detail*]
  }

  measure: mean_delay {
    label: "Mean Delay (Minutes)"
    description: "Mean of the signed arrival delays; early flights count as negative."
    type: average
    sql: ${arrival_delay_minutes} ;;
    value_format_name: decimal_1
    drill_fields: [flight_detail*]
  }

  measure: p90_delay {
    label: "90th Percentile of Delay (Minutes)"
    description: "Nine of ten timed flights were at most so many minutes late."
    type: number
    sql: PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY ${arrival_delay_minutes}) ;;
    value_format_name: decimal_0
    drill_fields: [flight_detail*]
  }

  measure: timed_departure_count {
    label: "Timed Departures"
    description: "The size of the sample behind figures of departure."
    type: sum
    sql: CASE WHEN ${departure_delay_minutes} IS NOT NULL THEN 1 ELSE 0 END ;;
    value_format_name: decimal_0
    drill_fields: [flight_detail*]
  }

  measure: on_time_departure_count {
    label: "On-Time Departures"
    description: "Timed departures at most 15 minutes after schedule."
    type: sum
    sql: CASE WHEN ${is_departure_on_time} THEN 1 ELSE 0 END ;;
    value_format_name: decimal_0
    drill_fields: [flight_detail*]
  }

  measure: departure_on_time_rate {
    label: "Departure On-Time Rate"
    description: "On-time departures out of timed departures."
    type: number
    sql: 1.0 * ${on_time_departure_count} / NULLIF(${timed_departure_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [flight_detail*]
  }

  measure: mean_departure_delay {
    label: "Mean Departure Delay (Minutes)"
    description: "Mean of the signed departure delays; early flights count as negative."
    type: average
    sql: ${departure_delay_minutes} ;;
    value_format_name: decimal_1
    drill_fields: [flight_detail*]
  }
}
