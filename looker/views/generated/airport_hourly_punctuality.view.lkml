# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: airport_hourly_punctuality {
  sql_table_name: marts.airport_hourly_punctuality ;;
  label: "Airport Hourly Punctuality"

  dimension: primary_key {
    type: string
    sql: CAST(${TABLE}.airport_key AS VARCHAR) || '|' || CAST(${TABLE}.direction AS VARCHAR) || '|' || CAST(${TABLE}.local_date AS VARCHAR) || '|' || CAST(${TABLE}.local_hour AS VARCHAR) ;;
    primary_key: yes
    hidden: yes
  }

  dimension: airport_key {
    type: string
    sql: ${TABLE}.airport_key ;;
    label: "Airport Key"
    description: "Airport: its IATA code, or its ICAO code if it has no IATA code."
  }

  dimension: airport_name {
    type: string
    sql: ${TABLE}.airport_name ;;
    label: "Airport Name"
    description: "Name of the airport."
  }

  dimension: direction {
    type: string
    sql: ${TABLE}.direction ;;
    label: "Direction"
    description: "`departure` or `arrival`."
  }

  dimension: local_hour {
    type: number
    sql: ${TABLE}.local_hour ;;
    label: "Local Hour"
    description: "Hour of the scheduled time on the airport's clock, 0 to 23."
    value_format_name: decimal_0
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

  dimension: timed_flights {
    type: number
    sql: ${TABLE}.timed_flights ;;
    label: "Timed Flights"
    description: "Flights with a known runway time and schedule at this airport: the sample. Departures count once they took off, arrivals once they landed."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: assumed_flights {
    type: number
    sql: ${TABLE}.assumed_flights ;;
    label: "Assumed Flights"
    description: "Timed flights if the airport has no taxi figures (`gate_times` is `assumed`), else 0."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: runway_on_time_flights {
    type: number
    sql: ${TABLE}.runway_on_time_flights ;;
    label: "Runway On Time Flights"
    description: "Timed flights less than 15 minutes late at the runway, as sent."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: gate_on_time_flights {
    type: number
    sql: ${TABLE}.gate_on_time_flights ;;
    label: "Gate On Time Flights"
    description: "Timed flights less than 15 minutes late at the gate, estimated by the median taxi time of the airport."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: gate_on_time_flights_p80 {
    type: number
    sql: ${TABLE}.gate_on_time_flights_p80 ;;
    label: "Gate On Time Flights (p80)"
    description: "Timed flights less than 15 minutes late at the gate, estimated by the 80th percentile of taxi times."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: runway_on_time_share {
    type: number
    sql: ${TABLE}.runway_on_time_share ;;
    label: "Runway On Time Share"
    description: "`runway_on_time_flights` out of `timed_flights`, 0 to 1: the runway clock, as sent."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: otp_flights {
    type: number
    sql: ${TABLE}.otp_flights ;;
    label: "On-Time Share of Flights"
    description: "Share of timed flights less than 15 minutes late at the gate, 0 to 1, by the median taxi time. Null if none is timed."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: otp_flights_p80 {
    type: number
    sql: ${TABLE}.otp_flights_p80 ;;
    label: "On-Time Share of Flights (p80)"
    description: "The same by the 80th percentile of taxi times: higher for departures, lower for arrivals."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: total_gate_delay_minutes {
    type: number
    sql: ${TABLE}.total_gate_delay_minutes ;;
    label: "Total Gate Delay Minutes"
    description: "Sum of the signed gate delays (median taxi time) of the timed flights, in minutes. Divide by the timed flights for a mean over several rows."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: total_gate_late_minutes {
    type: number
    sql: ${TABLE}.total_gate_late_minutes ;;
    label: "Total Gate Late Minutes"
    description: "The same sum with early flights counted as 0, in minutes."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: mean_gate_delay_minutes {
    type: number
    sql: ${TABLE}.mean_gate_delay_minutes ;;
    label: "Mean Gate Delay Minutes"
    description: "Mean of the signed gate delays (median taxi time) of the timed flights, in minutes; early flights count as negative."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: mean_gate_late_minutes {
    type: number
    sql: ${TABLE}.mean_gate_late_minutes ;;
    label: "Mean Gate Late Minutes"
    description: "Mean of the gate delays (median taxi time) of the timed flights, in minutes; early flights count as 0."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: p90_gate_delay_minutes {
    type: number
    sql: ${TABLE}.p90_gate_delay_minutes ;;
    label: "90th Percentile of Gate Delay Minutes"
    description: "90th percentile (interpolated) of the gate delays (median taxi time) of the timed flights, in minutes. Percentiles of several rows can't be averaged."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: flights_over_60_minutes {
    type: number
    sql: ${TABLE}.flights_over_60_minutes ;;
    label: "Flights Over 60 Minutes"
    description: "Timed flights more than 60 minutes late at the gate (median taxi time). For arrivals this is far too low: the API lacks the arrival time of most flights that leave over an hour late."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: flights_over_180_minutes {
    type: number
    sql: ${TABLE}.flights_over_180_minutes ;;
    label: "Flights Over 180 Minutes"
    description: "Timed flights more than 180 minutes late at the gate (median taxi time). For arrivals this is far too low, as for 60 minutes."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension_group: local {
    type: time
    timeframes: [
      raw,
      date,
      week,
      day_of_week,
      month,
      quarter,
      year,
    ]
    sql: ${TABLE}.local_date ;;
    label: "Local"
    description: "Date of the scheduled time on the airport's calendar."
    convert_tz: no
    datatype: date
  }
}
