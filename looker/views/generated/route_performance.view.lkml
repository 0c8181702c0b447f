# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: route_performance {
  sql_table_name: marts.route_performance ;;
  label: "Route Performance"

  dimension: primary_key {
    type: string
    sql: CAST(${TABLE}.flight_month AS VARCHAR) || '|' || CAST(${TABLE}.route AS VARCHAR) || '|' || CAST(${TABLE}.airline_key AS VARCHAR) || '|' || CAST(${TABLE}.is_other_operator AS VARCHAR) ;;
    primary_key: yes
    hidden: yes
  }

  dimension: route {
    type: string
    sql: ${TABLE}.route ;;
    label: "Route"
    description: "Departure and arrival airport, as JFK-LAX."
  }

  dimension: departure_airport_key {
    type: string
    sql: ${TABLE}.departure_airport_key ;;
    label: "Departure Airport Key"
    description: "Airport: its IATA code, or its ICAO code if it has no IATA code."
  }

  dimension: departure_airport_name {
    type: string
    sql: ${TABLE}.departure_airport_name ;;
    label: "Departure Airport Name"
    description: "Name of the departure airport."
  }

  dimension: arrival_airport_key {
    type: string
    sql: ${TABLE}.arrival_airport_key ;;
    label: "Arrival Airport Key"
    description: "Airport: its IATA code, or its ICAO code if it has no IATA code."
  }

  dimension: arrival_airport_name {
    type: string
    sql: ${TABLE}.arrival_airport_name ;;
    label: "Arrival Airport Name"
    description: "Name of the arrival airport."
  }

  dimension: airline_key {
    type: string
    sql: ${TABLE}.airline_key ;;
    label: "Airline Key"
    description: "Operating airline: its ICAO code, its IATA code if it has no ICAO code, `UNKNOWN` if it has neither. Airlines share IATA codes (AS is Alaska, ASA, and AlphaSky, JAG) but not ICAO codes."
  }

  dimension: airline_name {
    type: string
    sql: ${TABLE}.airline_name ;;
    label: "Airline Name"
    description: "Name of the airline."
  }

  dimension: is_other_operator {
    type: yesno
    sql: ${TABLE}.is_other_operator ;;
    label: "Is Other Operator"
    description: "True if the flight's number is in a range that the airline uses for flights of other airlines (seed `other_operator_numbers`; Delta from 6000). The API sends these flights as the airline's own, without a codeshare. Leave them out of every comparison of airlines."
  }

  dimension: flights {
    type: number
    sql: ${TABLE}.flights ;;
    label: "Flights"
    description: "Physical flights. Codeshares count on their operating flight; shadow rows and retimed rows count on the flight they repeat."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: arrived_flights {
    type: number
    sql: ${TABLE}.arrived_flights ;;
    label: "Arrived Flights"
    description: "Flights that landed at their destination."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: cancelled_flights {
    type: number
    sql: ${TABLE}.cancelled_flights ;;
    label: "Cancelled Flights"
    description: "Cancelled flights."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: diverted_flights {
    type: number
    sql: ${TABLE}.diverted_flights ;;
    label: "Diverted Flights"
    description: "Flights that landed elsewhere or had an incident."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: unresolved_flights {
    type: number
    sql: ${TABLE}.unresolved_flights ;;
    label: "Unresolved Flights"
    description: "Flights without a known end two days after their date. They are in no on-time share except the bounds `otp_scheduled_left_late` and `otp_scheduled_all_late`."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: pending_flights {
    type: number
    sql: ${TABLE}.pending_flights ;;
    label: "Pending Flights"
    description: "Flights of the last two days without a known end yet."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: cancellation_share {
    type: number
    sql: ${TABLE}.cancellation_share ;;
    label: "Cancellation Share"
    description: "Cancelled flights out of all flights, 0 to 1."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: completion_factor {
    type: number
    sql: ${TABLE}.completion_factor ;;
    label: "Completion Factor"
    description: "Flights flown out of flights scheduled, 0 to 1: 1 minus cancelled out of arrived, cancelled, diverted and unresolved. Diverted and unresolved flights count as flown. Null if all flights are pending."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: unresolved_left_late_flights {
    type: number
    sql: ${TABLE}.unresolved_left_late_flights ;;
    label: "Unresolved Left Late Flights"
    description: "Unresolved flights that left the gate at least an hour late (`left_late_from_minutes`), by the gate estimate."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: otp_scheduled_flights {
    type: number
    sql: ${TABLE}.otp_scheduled_flights ;;
    label: "On-Time Share of Scheduled Flights"
    description: "Denominator of `otp_scheduled`: timed arrivals, cancelled and diverted flights."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: otp_scheduled {
    type: number
    sql: ${TABLE}.otp_scheduled ;;
    label: "On-Time Share of Scheduled"
    description: "Share of scheduled flights less than 15 minutes late at the gate on arrival, as the US DOT counts: cancelled and diverted flights are late (`gate_on_time_arrivals` out of `otp_scheduled_flights`), 0 to 1. Unresolved flights are left out, which makes it too favourable."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: otp_scheduled_p80 {
    type: number
    sql: ${TABLE}.otp_scheduled_p80 ;;
    label: "On-Time Share of Scheduled (p80)"
    description: "`otp_scheduled` by the 80th percentile of taxi-in times: the lower end of its band."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: otp_scheduled_left_late {
    type: number
    sql: ${TABLE}.otp_scheduled_left_late ;;
    label: "On-Time Share of Scheduled Left Late"
    description: "`otp_scheduled` with unresolved flights that left an hour late counted as late: the denominator has `unresolved_left_late_flights` too."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: otp_scheduled_all_late {
    type: number
    sql: ${TABLE}.otp_scheduled_all_late ;;
    label: "On-Time Share of Scheduled All Late"
    description: "`otp_scheduled` with all unresolved flights counted as late: the denominator has `unresolved_flights` too. The lowest bound by the median taxi time."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: timed_arrivals {
    type: number
    sql: ${TABLE}.timed_arrivals ;;
    label: "Timed Arrivals"
    description: "Arrived flights with a plausible touchdown and schedule: the sample of every figure about arrivals."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: assumed_arrivals {
    type: number
    sql: ${TABLE}.assumed_arrivals ;;
    label: "Assumed Arrivals"
    description: "Timed arrivals at airports without taxi figures (`arrival_gate_times` is `assumed`). If they are many, the on-time shares of this row support no ranking."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: touchdown_on_time_arrivals {
    type: number
    sql: ${TABLE}.touchdown_on_time_arrivals ;;
    label: "Touchdown On Time Arrivals"
    description: "Timed arrivals whose touchdown was less than 15 minutes after the scheduled gate arrival: the runway clock, as sent. Too favourable."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: gate_on_time_arrivals {
    type: number
    sql: ${TABLE}.gate_on_time_arrivals ;;
    label: "Gate On Time Arrivals"
    description: "Timed arrivals less than 15 minutes late at the gate (`late_from_minutes`), estimated by the median taxi-in time."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: gate_on_time_arrivals_p80 {
    type: number
    sql: ${TABLE}.gate_on_time_arrivals_p80 ;;
    label: "Gate On Time Arrivals (p80)"
    description: "Timed arrivals less than 15 minutes late at the gate (`late_from_minutes`), estimated by the 80th percentile of taxi-in times."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: touchdown_on_time_share {
    type: number
    sql: ${TABLE}.touchdown_on_time_share ;;
    label: "Touchdown On Time Share"
    description: "`touchdown_on_time_arrivals` out of `timed_arrivals`, 0 to 1: the runway clock, as sent."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: otp_arrivals {
    type: number
    sql: ${TABLE}.otp_arrivals ;;
    label: "On-Time Share of Arrivals"
    description: "Share of operated and timed arrivals less than 15 minutes late at the gate (A14), 0 to 1, by the median taxi-in time. Upper end of the band; `otp_arrivals_p80` is the lower end. Null if no arrival is timed."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: otp_arrivals_p80 {
    type: number
    sql: ${TABLE}.otp_arrivals_p80 ;;
    label: "On-Time Share of Arrivals (p80)"
    description: "Share of operated and timed arrivals less than 15 minutes late at the gate, 0 to 1, by the 80th percentile of taxi-in times. Lower end of the band."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: total_gate_arrival_delay_minutes {
    type: number
    sql: ${TABLE}.total_gate_arrival_delay_minutes ;;
    label: "Total Gate Arrival Delay Minutes"
    description: "Sum of the signed gate delays (median taxi time) of the timed flights, in minutes. Divide by the timed flights for a mean over several rows."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: total_gate_arrival_late_minutes {
    type: number
    sql: ${TABLE}.total_gate_arrival_late_minutes ;;
    label: "Total Gate Arrival Late Minutes"
    description: "The same sum with early flights counted as 0, in minutes."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: mean_gate_arrival_delay_minutes {
    type: number
    sql: ${TABLE}.mean_gate_arrival_delay_minutes ;;
    label: "Mean Gate Arrival Delay Minutes"
    description: "Mean of the signed gate delays (median taxi time) of the timed flights, in minutes; early flights count as negative."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: mean_gate_arrival_late_minutes {
    type: number
    sql: ${TABLE}.mean_gate_arrival_late_minutes ;;
    label: "Mean Gate Arrival Late Minutes"
    description: "Mean of the gate delays (median taxi time) of the timed flights, in minutes; early flights count as 0."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: p90_gate_arrival_delay_minutes {
    type: number
    sql: ${TABLE}.p90_gate_arrival_delay_minutes ;;
    label: "90th Percentile of Gate Arrival Delay Minutes"
    description: "90th percentile (interpolated) of the gate delays (median taxi time) of the timed flights, in minutes. Percentiles of several rows can't be averaged."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: arrivals_over_60_minutes {
    type: number
    sql: ${TABLE}.arrivals_over_60_minutes ;;
    label: "Arrivals Over 60 Minutes"
    description: "Timed flights more than 60 minutes late at the gate (median taxi time). For arrivals this is far too low: the API lacks the arrival time of most flights that leave over an hour late."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: arrivals_over_180_minutes {
    type: number
    sql: ${TABLE}.arrivals_over_180_minutes ;;
    label: "Arrivals Over 180 Minutes"
    description: "Timed flights more than 180 minutes late at the gate (median taxi time). For arrivals this is far too low, as for 60 minutes."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: timed_departures {
    type: number
    sql: ${TABLE}.timed_departures ;;
    label: "Timed Departures"
    description: "Flights with a known take-off and schedule, whether or not their landing is known: the sample of every figure about departures."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: assumed_departures {
    type: number
    sql: ${TABLE}.assumed_departures ;;
    label: "Assumed Departures"
    description: "Timed departures from airports without taxi figures (`departure_gate_times` is `assumed`). If they are many, the on-time shares of this row support no ranking."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: takeoff_on_time_departures {
    type: number
    sql: ${TABLE}.takeoff_on_time_departures ;;
    label: "Takeoff On Time Departures"
    description: "Timed departures whose take-off was less than 15 minutes after the scheduled gate departure: the runway clock, as sent. Mostly a measure of the taxiway."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: gate_on_time_departures {
    type: number
    sql: ${TABLE}.gate_on_time_departures ;;
    label: "Gate On Time Departures"
    description: "Timed departures less than 15 minutes late at the gate (`late_from_minutes`), estimated by the median taxi-out time."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: gate_on_time_departures_p80 {
    type: number
    sql: ${TABLE}.gate_on_time_departures_p80 ;;
    label: "Gate On Time Departures (p80)"
    description: "Timed departures less than 15 minutes late at the gate (`late_from_minutes`), estimated by the 80th percentile of taxi-out times."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: takeoff_on_time_share {
    type: number
    sql: ${TABLE}.takeoff_on_time_share ;;
    label: "Takeoff On Time Share"
    description: "`takeoff_on_time_departures` out of `timed_departures`, 0 to 1: the runway clock, as sent."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: otp_departures {
    type: number
    sql: ${TABLE}.otp_departures ;;
    label: "On-Time Share of Departures"
    description: "Share of timed departures less than 15 minutes late at the gate (D14), 0 to 1, by the median taxi-out time. Lower end of the band; `otp_departures_p80` is the upper end. Null if no departure is timed."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: otp_departures_p80 {
    type: number
    sql: ${TABLE}.otp_departures_p80 ;;
    label: "On-Time Share of Departures (p80)"
    description: "Share of timed departures less than 15 minutes late at the gate, 0 to 1, by the 80th percentile of taxi-out times. Upper end of the band."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: total_gate_departure_delay_minutes {
    type: number
    sql: ${TABLE}.total_gate_departure_delay_minutes ;;
    label: "Total Gate Departure Delay Minutes"
    description: "Sum of the signed gate delays (median taxi time) of the timed flights, in minutes. Divide by the timed flights for a mean over several rows."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: total_gate_departure_late_minutes {
    type: number
    sql: ${TABLE}.total_gate_departure_late_minutes ;;
    label: "Total Gate Departure Late Minutes"
    description: "The same sum with early flights counted as 0, in minutes."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: mean_gate_departure_delay_minutes {
    type: number
    sql: ${TABLE}.mean_gate_departure_delay_minutes ;;
    label: "Mean Gate Departure Delay Minutes"
    description: "Mean of the signed gate delays (median taxi time) of the timed flights, in minutes; early flights count as negative."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: mean_gate_departure_late_minutes {
    type: number
    sql: ${TABLE}.mean_gate_departure_late_minutes ;;
    label: "Mean Gate Departure Late Minutes"
    description: "Mean of the gate delays (median taxi time) of the timed flights, in minutes; early flights count as 0."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: p90_gate_departure_delay_minutes {
    type: number
    sql: ${TABLE}.p90_gate_departure_delay_minutes ;;
    label: "90th Percentile of Gate Departure Delay Minutes"
    description: "90th percentile (interpolated) of the gate delays (median taxi time) of the timed flights, in minutes. Percentiles of several rows can't be averaged."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: departures_over_60_minutes {
    type: number
    sql: ${TABLE}.departures_over_60_minutes ;;
    label: "Departures Over 60 Minutes"
    description: "Timed flights more than 60 minutes late at the gate (median taxi time). For arrivals this is far too low: the API lacks the arrival time of most flights that leave over an hour late."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: departures_over_180_minutes {
    type: number
    sql: ${TABLE}.departures_over_180_minutes ;;
    label: "Departures Over 180 Minutes"
    description: "Timed flights more than 180 minutes late at the gate (median taxi time). For arrivals this is far too low, as for 60 minutes."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension_group: flight {
    type: time
    timeframes: [raw, month, quarter, year]
    sql: ${TABLE}.flight_month ;;
    label: "Flight"
    description: "First day of the month of the flight date."
    convert_tz: no
    datatype: date
  }
}
