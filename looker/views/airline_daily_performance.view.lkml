include: "/views/generated/airline_daily_performance.view.lkml"

view: +airline_daily_performance {
  set: days {
    fields: [flight_date, airline_name, flight_count, on_time_rate, timed_count, mean_delay, cancelled_count, unresolved_count]
  }

  measure: flight_count {
    label: "Flights"
    description: "Flights in the sky, counted once."
    type: sum
    sql: ${TABLE}.flights ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: cancelled_count {
    label: "Cancelled Flights"
    description: "Flights that were cancelled."
    type: sum
    sql: ${TABLE}.cancelled_flights ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: cancellation_rate {
    label: "Cancellation Rate"
    description: "Cancelled flights out of all flights."
    type: number
    sql: 1.0 * ${cancelled_count} / NULLIF(${flight_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: diverted_count {
    label: "Diverted Flights"
    description: "Flights that landed elsewhere, or met an incident."
    type: sum
    sql: ${TABLE}.diverted_flights ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: unresolved_count {
    label: "Unresolved Flights"
    description: "Flights whose end the API never told, two days later. They are in no on-time rate."
    type: sum
    sql: ${TABLE}.unresolved_flights ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: unresolved_rate {
    label: "Unresolved Rate"
    description: "Unresolved flights out of all flights: the share that no figure of punctuality speaks of."
    type: number
    sql: 1.0 * ${unresolved_count} / NULLIF(${flight_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: pending_count {
    label: "Pending Flights"
    description: "Flights of the last two days that have not come to their end."
    type: sum
    sql: ${TABLE}.pending_flights ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: timed_count {
    label: "Timed Arrivals"
    description: "The size of the sample: flights that landed and whose times are known and plausible."
    type: sum
    sql: ${TABLE}.timed_arrivals ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: on_time_count {
    label: "On-Time Arrivals"
    description: "Timed flights at most 15 minutes after schedule."
    type: sum
    sql: ${TABLE}.on_time_arrivals ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: on_time_rate {
    label: "On-Time Rate"
    description: "On-time arrivals out of timed arrivals. Cancelled, diverted and unresolved flights are in neither."
    type: number
    sql: 1.0 * ${on_time_count} / NULLIF(${timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: on_time_rate_low {
    label: "On-Time Rate, Lower Bound"
    description: "Lower bound of the 95 % interval (Wilson): differences inside the interval may be chance."
    type: number
    sql: (${on_time_count} + 1.9208 - 1.96 * SQRT(1.0 * ${on_time_count} * (${timed_count} - ${on_time_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: on_time_rate_high {
    label: "On-Time Rate, Upper Bound"
    description: "Upper bound of the 95 % interval (Wilson): differences inside the interval may be chance."
    type: number
    sql: (${on_time_count} + 1.9208 + 1.96 * SQRT(1.0 * ${on_time_count} * (${timed_count} - ${on_time_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: delay_minutes_sum {
    label: "Delay Minutes"
    description: "Sum of the signed delays of the timed flights."
    type: sum
    sql: ${TABLE}.total_arrival_delay_minutes ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: mean_delay {
    label: "Mean Delay (Minutes)"
    description: "Mean of the signed delays; early flights count as negative."
    type: number
    sql: 1.0 * ${delay_minutes_sum} / NULLIF(${timed_count}, 0) ;;
    value_format_name: decimal_1
    drill_fields: [days*]
  }

  measure: timed_departure_count {
    label: "Timed Departures"
    description: "The size of the sample behind figures of departure."
    type: sum
    sql: ${TABLE}.timed_departures ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: on_time_departure_count {
    label: "On-Time Departures"
    description: "Timed departures at most 15 minutes after schedule."
    type: sum
    sql: ${TABLE}.on_time_departures ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: departure_on_time_rate {
    label: "Departure On-Time Rate"
    description: "On-time departures out of timed departures."
    type: number
    sql: 1.0 * ${on_time_departure_count} / NULLIF(${timed_departure_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: departure_delay_minutes_sum {
    label: "Departure Delay Minutes"
    description: "Sum of the signed departure delays of the timed flights."
    type: sum
    sql: ${TABLE}.total_departure_delay_minutes ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: mean_departure_delay {
    label: "Mean Departure Delay (Minutes)"
    description: "Mean of the signed departure delays; early flights count as negative."
    type: number
    sql: 1.0 * ${departure_delay_minutes_sum} / NULLIF(${timed_departure_count}, 0) ;;
    value_format_name: decimal_1
    drill_fields: [days*]
  }
}
