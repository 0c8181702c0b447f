include: "/views/generated/airline_daily_performance.view.lkml"

view: +airline_daily_performance {
  set: days {
    fields: [flight_date, airline_name, is_other_operator, flight_count, on_time_rate, on_time_p80_rate, timed_count, mean_delay, cancelled_count, unresolved_count]
  }

  measure: flight_count {
    label: "Flights"
    description: "Physical flights, counted once."
    type: sum
    sql: ${TABLE}.flights ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: cancelled_count {
    label: "Cancelled Flights"
    description: "Cancelled flights."
    type: sum
    sql: ${TABLE}.cancelled_flights ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: diverted_count {
    label: "Diverted Flights"
    description: "Flights that landed elsewhere or had an incident."
    type: sum
    sql: ${TABLE}.diverted_flights ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: unresolved_count {
    label: "Unresolved Flights"
    description: "Flights without a known end two days after their date. Most of those that left late."
    type: sum
    sql: ${TABLE}.unresolved_flights ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: pending_count {
    label: "Pending Flights"
    description: "Flights of the last two days without a known end yet."
    type: sum
    sql: ${TABLE}.pending_flights ;;
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

  measure: unresolved_rate {
    label: "Unresolved Rate"
    description: "Unresolved flights out of all flights. They are in no on-time rate, so a large share makes every rate too favourable."
    type: number
    sql: 1.0 * ${unresolved_count} / NULLIF(${flight_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: completion_factor {
    label: "Completion Factor"
    description: "Flights flown out of flights scheduled; diverted and unresolved flights count as flown."
    type: number
    sql: 1 - 1.0 * ${cancelled_count} / NULLIF(${flight_count} - ${pending_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: timed_count {
    label: "Timed Arrivals"
    description: "The sample: arrived flights with a plausible touchdown and schedule."
    type: sum
    sql: ${TABLE}.timed_arrivals ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: assumed_count {
    label: "Timed Arrivals with Assumed Gate Times"
    description: "Timed flights at airports without taxi figures. If they are many, compare nothing."
    type: sum
    sql: ${TABLE}.assumed_arrivals ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: runway_on_time_count {
    label: "Arrivals on Time at the Runway"
    description: "Timed arrivals less than 15 minutes late by the runway time as sent."
    type: sum
    sql: ${TABLE}.touchdown_on_time_arrivals ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: on_time_count {
    label: "Arrivals on Time at the Gate (Median)"
    description: "Less than 15 minutes late at the gate, estimated by the median taxi time."
    type: sum
    sql: ${TABLE}.gate_on_time_arrivals ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: on_time_p80_count {
    label: "Arrivals on Time at the Gate (p80)"
    description: "Less than 15 minutes late at the gate, estimated by the 80th percentile of taxi times."
    type: sum
    sql: ${TABLE}.gate_on_time_arrivals_p80 ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: runway_on_time_rate {
    label: "Arrival On-Time Rate at the Runway"
    description: "By the runway time as sent: no punctuality as airlines count it."
    type: number
    sql: 1.0 * ${runway_on_time_count} / NULLIF(${timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: on_time_rate {
    label: "Arrival On-Time Rate at the Gate (Median)"
    description: "Less than 15 minutes late at the gate, estimated by the median taxi time, out of timed arrivals. One end of the band; the p80 rate is the other."
    type: number
    sql: 1.0 * ${on_time_count} / NULLIF(${timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: on_time_p80_rate {
    label: "Arrival On-Time Rate at the Gate (p80)"
    description: "Less than 15 minutes late at the gate, estimated by the 80th percentile of taxi times, out of timed arrivals."
    type: number
    sql: 1.0 * ${on_time_p80_count} / NULLIF(${timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: on_time_rate_low {
    label: "Arrival On-Time Rate, Low"
    description: "Lower end of the band: the lower estimate, widened by the 95 % interval (Wilson). If two bands overlap, no order can be given."
    type: number
    sql: LEAST((${on_time_count} + 1.9208 - 1.96 * SQRT(1.0 * ${on_time_count} * (${timed_count} - ${on_time_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416), (${on_time_p80_count} + 1.9208 - 1.96 * SQRT(1.0 * ${on_time_p80_count} * (${timed_count} - ${on_time_p80_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416)) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: on_time_rate_high {
    label: "Arrival On-Time Rate, High"
    description: "Upper end of the band: the higher estimate, widened by the 95 % interval (Wilson). If two bands overlap, no order can be given."
    type: number
    sql: GREATEST((${on_time_count} + 1.9208 + 1.96 * SQRT(1.0 * ${on_time_count} * (${timed_count} - ${on_time_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416), (${on_time_p80_count} + 1.9208 + 1.96 * SQRT(1.0 * ${on_time_p80_count} * (${timed_count} - ${on_time_p80_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416)) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: otp_scheduled_count {
    label: "Scheduled Flights with a Known End"
    description: "Timed arrivals, cancelled and diverted flights: the denominator of the DOT rule."
    type: sum
    sql: ${TABLE}.otp_scheduled_flights ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: otp_scheduled_rate {
    label: "On-Time Rate of Scheduled Flights (DOT Rule)"
    description: "Less than 15 minutes late at the gate on arrival; cancelled and diverted flights are late, unresolved flights left out."
    type: number
    sql: 1.0 * ${on_time_count} / NULLIF(${otp_scheduled_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: otp_scheduled_all_late_rate {
    label: "On-Time Rate of Scheduled Flights, Unresolved Late"
    description: "The DOT rule with every unresolved flight counted as late: the lowest bound."
    type: number
    sql: 1.0 * ${on_time_count} / NULLIF(${otp_scheduled_count} + ${unresolved_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: delay_minutes_sum {
    label: "Arrival Delay Minutes at the Gate"
    description: "Sum of the signed gate estimates (median taxi time)."
    type: sum
    sql: ${TABLE}.total_gate_arrival_delay_minutes ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: mean_delay {
    label: "Mean Arrival Delay at the Gate (Minutes)"
    description: "Mean of the signed gate estimates (median taxi time); early flights count as negative."
    type: number
    sql: 1.0 * ${delay_minutes_sum} / NULLIF(${timed_count}, 0) ;;
    value_format_name: decimal_1
    drill_fields: [days*]
  }

  measure: late_minutes_sum {
    label: "Arrival Late Minutes at the Gate"
    description: "The same sum with early flights counted as 0."
    type: sum
    sql: ${TABLE}.total_gate_arrival_late_minutes ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: over_60_count {
    label: "Arrivals over 60 Minutes Late"
    description: "More than 60 minutes late at the gate (estimate). Too low for arrivals: the API lacks most of them."
    type: sum
    sql: ${TABLE}.arrivals_over_60_minutes ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: over_180_count {
    label: "Arrivals over 180 Minutes Late"
    description: "More than 180 minutes late at the gate (estimate). Too low for arrivals: the API lacks most of them."
    type: sum
    sql: ${TABLE}.arrivals_over_180_minutes ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: departure_timed_count {
    label: "Timed Departures"
    description: "The sample: flights with a known take-off and schedule, whatever became of them."
    type: sum
    sql: ${TABLE}.timed_departures ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: departure_assumed_count {
    label: "Timed Departures with Assumed Gate Times"
    description: "Timed flights at airports without taxi figures. If they are many, compare nothing."
    type: sum
    sql: ${TABLE}.assumed_departures ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: departure_runway_on_time_count {
    label: "Departures on Time at the Runway"
    description: "Timed departures less than 15 minutes late by the runway time as sent."
    type: sum
    sql: ${TABLE}.takeoff_on_time_departures ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: departure_on_time_count {
    label: "Departures on Time at the Gate (Median)"
    description: "Less than 15 minutes late at the gate, estimated by the median taxi time."
    type: sum
    sql: ${TABLE}.gate_on_time_departures ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: departure_on_time_p80_count {
    label: "Departures on Time at the Gate (p80)"
    description: "Less than 15 minutes late at the gate, estimated by the 80th percentile of taxi times."
    type: sum
    sql: ${TABLE}.gate_on_time_departures_p80 ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: departure_runway_on_time_rate {
    label: "Departure On-Time Rate at the Runway"
    description: "By the runway time as sent: no punctuality as airlines count it."
    type: number
    sql: 1.0 * ${departure_runway_on_time_count} / NULLIF(${departure_timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: departure_on_time_rate {
    label: "Departure On-Time Rate at the Gate (Median)"
    description: "Less than 15 minutes late at the gate, estimated by the median taxi time, out of timed departures. One end of the band; the p80 rate is the other."
    type: number
    sql: 1.0 * ${departure_on_time_count} / NULLIF(${departure_timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: departure_on_time_p80_rate {
    label: "Departure On-Time Rate at the Gate (p80)"
    description: "Less than 15 minutes late at the gate, estimated by the 80th percentile of taxi times, out of timed departures."
    type: number
    sql: 1.0 * ${departure_on_time_p80_count} / NULLIF(${departure_timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: departure_on_time_rate_low {
    label: "Departure On-Time Rate, Low"
    description: "Lower end of the band: the lower estimate, widened by the 95 % interval (Wilson). If two bands overlap, no order can be given."
    type: number
    sql: LEAST((${departure_on_time_count} + 1.9208 - 1.96 * SQRT(1.0 * ${departure_on_time_count} * (${departure_timed_count} - ${departure_on_time_count}) / NULLIF(${departure_timed_count}, 0) + 0.9604)) / (${departure_timed_count} + 3.8416), (${departure_on_time_p80_count} + 1.9208 - 1.96 * SQRT(1.0 * ${departure_on_time_p80_count} * (${departure_timed_count} - ${departure_on_time_p80_count}) / NULLIF(${departure_timed_count}, 0) + 0.9604)) / (${departure_timed_count} + 3.8416)) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: departure_on_time_rate_high {
    label: "Departure On-Time Rate, High"
    description: "Upper end of the band: the higher estimate, widened by the 95 % interval (Wilson). If two bands overlap, no order can be given."
    type: number
    sql: GREATEST((${departure_on_time_count} + 1.9208 + 1.96 * SQRT(1.0 * ${departure_on_time_count} * (${departure_timed_count} - ${departure_on_time_count}) / NULLIF(${departure_timed_count}, 0) + 0.9604)) / (${departure_timed_count} + 3.8416), (${departure_on_time_p80_count} + 1.9208 + 1.96 * SQRT(1.0 * ${departure_on_time_p80_count} * (${departure_timed_count} - ${departure_on_time_p80_count}) / NULLIF(${departure_timed_count}, 0) + 0.9604)) / (${departure_timed_count} + 3.8416)) ;;
    value_format_name: percent_1
    drill_fields: [days*]
  }

  measure: departure_delay_minutes_sum {
    label: "Departure Delay Minutes at the Gate"
    description: "Sum of the signed gate estimates (median taxi time)."
    type: sum
    sql: ${TABLE}.total_gate_departure_delay_minutes ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: departure_mean_delay {
    label: "Mean Departure Delay at the Gate (Minutes)"
    description: "Mean of the signed gate estimates (median taxi time); early flights count as negative."
    type: number
    sql: 1.0 * ${departure_delay_minutes_sum} / NULLIF(${departure_timed_count}, 0) ;;
    value_format_name: decimal_1
    drill_fields: [days*]
  }

  measure: departure_late_minutes_sum {
    label: "Departure Late Minutes at the Gate"
    description: "The same sum with early flights counted as 0."
    type: sum
    sql: ${TABLE}.total_gate_departure_late_minutes ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: departure_over_60_count {
    label: "Departures over 60 Minutes Late"
    description: "More than 60 minutes late at the gate (estimate). Too low for arrivals: the API lacks most of them."
    type: sum
    sql: ${TABLE}.departures_over_60_minutes ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }

  measure: departure_over_180_count {
    label: "Departures over 180 Minutes Late"
    description: "More than 180 minutes late at the gate (estimate). Too low for arrivals: the API lacks most of them."
    type: sum
    sql: ${TABLE}.departures_over_180_minutes ;;
    value_format_name: decimal_0
    drill_fields: [days*]
  }
}
