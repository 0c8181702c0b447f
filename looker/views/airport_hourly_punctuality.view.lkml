include: "/views/generated/airport_hourly_punctuality.view.lkml"

view: +airport_hourly_punctuality {
  set: hours {
    fields: [airport_name, direction, local_date, local_hour, flight_count, on_time_rate, on_time_p80_rate, timed_count, assumed_count, mean_delay, cancelled_count]
  }

  measure: flight_count {
    label: "Flights"
    description: "Physical flights, counted once."
    type: sum
    sql: ${TABLE}.flights ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: cancelled_count {
    label: "Cancelled Flights"
    description: "Cancelled flights."
    type: sum
    sql: ${TABLE}.cancelled_flights ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: diverted_count {
    label: "Diverted Flights"
    description: "Flights that landed elsewhere or had an incident."
    type: sum
    sql: ${TABLE}.diverted_flights ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: unresolved_count {
    label: "Unresolved Flights"
    description: "Flights without a known end two days after their date. Most of those that left late."
    type: sum
    sql: ${TABLE}.unresolved_flights ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: pending_count {
    label: "Pending Flights"
    description: "Flights of the last two days without a known end yet."
    type: sum
    sql: ${TABLE}.pending_flights ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: cancellation_rate {
    label: "Cancellation Rate"
    description: "Cancelled flights out of all flights."
    type: number
    sql: 1.0 * ${cancelled_count} / NULLIF(${flight_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [hours*]
  }

  measure: unresolved_rate {
    label: "Unresolved Rate"
    description: "Unresolved flights out of all flights. They are in no on-time rate, so a large share makes every rate too favourable."
    type: number
    sql: 1.0 * ${unresolved_count} / NULLIF(${flight_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [hours*]
  }

  measure: completion_factor {
    label: "Completion Factor"
    description: "Flights flown out of flights scheduled; diverted and unresolved flights count as flown."
    type: number
    sql: 1 - 1.0 * ${cancelled_count} / NULLIF(${flight_count} - ${pending_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [hours*]
  }

  measure: timed_count {
    label: "Timed Flights"
    description: "The sample: flights with a known runway time and schedule at this airport."
    type: sum
    sql: ${TABLE}.timed_flights ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: assumed_count {
    label: "Timed Flights with Assumed Gate Times"
    description: "Timed flights at airports without taxi figures. If they are many, compare nothing."
    type: sum
    sql: ${TABLE}.assumed_flights ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: runway_on_time_count {
    label: "Flights on Time at the Runway"
    description: "Timed flights less than 15 minutes late by the runway time as sent."
    type: sum
    sql: ${TABLE}.runway_on_time_flights ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: on_time_count {
    label: "Flights on Time at the Gate (Median)"
    description: "Less than 15 minutes late at the gate, estimated by the median taxi time."
    type: sum
    sql: ${TABLE}.gate_on_time_flights ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: on_time_p80_count {
    label: "Flights on Time at the Gate (p80)"
    description: "Less than 15 minutes late at the gate, estimated by the 80th percentile of taxi times."
    type: sum
    sql: ${TABLE}.gate_on_time_flights_p80 ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: runway_on_time_rate {
    label: "Flight On-Time Rate at the Runway"
    description: "By the runway time as sent: no punctuality as airlines count it."
    type: number
    sql: 1.0 * ${runway_on_time_count} / NULLIF(${timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [hours*]
  }

  measure: on_time_rate {
    label: "Flight On-Time Rate at the Gate (Median)"
    description: "Less than 15 minutes late at the gate, estimated by the median taxi time, out of timed flights. One end of the band; the p80 rate is the other."
    type: number
    sql: 1.0 * ${on_time_count} / NULLIF(${timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [hours*]
  }

  measure: on_time_p80_rate {
    label: "Flight On-Time Rate at the Gate (p80)"
    description: "Less than 15 minutes late at the gate, estimated by the 80th percentile of taxi times, out of timed flights."
    type: number
    sql: 1.0 * ${on_time_p80_count} / NULLIF(${timed_count}, 0) ;;
    value_format_name: percent_1
    drill_fields: [hours*]
  }

  measure: on_time_rate_low {
    label: "Flight On-Time Rate, Low"
    description: "Lower end of the band: the lower estimate, widened by the 95 % interval (Wilson). If two bands overlap, no order can be given."
    type: number
    sql: LEAST((${on_time_count} + 1.9208 - 1.96 * SQRT(1.0 * ${on_time_count} * (${timed_count} - ${on_time_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416), (${on_time_p80_count} + 1.9208 - 1.96 * SQRT(1.0 * ${on_time_p80_count} * (${timed_count} - ${on_time_p80_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416)) ;;
    value_format_name: percent_1
    drill_fields: [hours*]
  }

  measure: on_time_rate_high {
    label: "Flight On-Time Rate, High"
    description: "Upper end of the band: the higher estimate, widened by the 95 % interval (Wilson). If two bands overlap, no order can be given."
    type: number
    sql: GREATEST((${on_time_count} + 1.9208 + 1.96 * SQRT(1.0 * ${on_time_count} * (${timed_count} - ${on_time_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416), (${on_time_p80_count} + 1.9208 + 1.96 * SQRT(1.0 * ${on_time_p80_count} * (${timed_count} - ${on_time_p80_count}) / NULLIF(${timed_count}, 0) + 0.9604)) / (${timed_count} + 3.8416)) ;;
    value_format_name: percent_1
    drill_fields: [hours*]
  }

  measure: delay_minutes_sum {
    label: "Flight Delay Minutes at the Gate"
    description: "Sum of the signed gate estimates (median taxi time)."
    type: sum
    sql: ${TABLE}.total_gate_delay_minutes ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: mean_delay {
    label: "Mean Flight Delay at the Gate (Minutes)"
    description: "Mean of the signed gate estimates (median taxi time); early flights count as negative."
    type: number
    sql: 1.0 * ${delay_minutes_sum} / NULLIF(${timed_count}, 0) ;;
    value_format_name: decimal_1
    drill_fields: [hours*]
  }

  measure: late_minutes_sum {
    label: "Flight Late Minutes at the Gate"
    description: "The same sum with early flights counted as 0."
    type: sum
    sql: ${TABLE}.total_gate_late_minutes ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: over_60_count {
    label: "Flights over 60 Minutes Late"
    description: "More than 60 minutes late at the gate (estimate). Too low for arrivals: the API lacks most of them."
    type: sum
    sql: ${TABLE}.flights_over_60_minutes ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }

  measure: over_180_count {
    label: "Flights over 180 Minutes Late"
    description: "More than 180 minutes late at the gate (estimate). Too low for arrivals: the API lacks most of them."
    type: sum
    sql: ${TABLE}.flights_over_180_minutes ;;
    value_format_name: decimal_0
    drill_fields: [hours*]
  }
}
