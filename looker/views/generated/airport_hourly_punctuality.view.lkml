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
    description: "The airport: its IATA code, or its ICAO code where it has none."
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
    description: "Flights in the sky, counted once: codeshares on their operating flight, shadow rows and retimed rows on the flight they repeat."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: arrived_flights {
    type: number
    sql: ${TABLE}.arrived_flights ;;
    label: "Arrived Flights"
    description: "Flights that landed."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: cancelled_flights {
    type: number
    sql: ${TABLE}.cancelled_flights ;;
    label: "Cancelled Flights"
    description: "Flights that were cancelled."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: diverted_flights {
    type: number
    sql: ${TABLE}.diverted_flights ;;
    label: "Diverted Flights"
    description: "Flights that landed elsewhere, or met an incident."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: unresolved_flights {
    type: number
    sql: ${TABLE}.unresolved_flights ;;
    label: "Unresolved Flights"
    description: "Flights whose end the API never told, two days later. They are in no on-time share."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: pending_flights {
    type: number
    sql: ${TABLE}.pending_flights ;;
    label: "Pending Flights"
    description: "Flights of the last two days that have not come to their end, as far as we know."
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

  dimension: timed_flights {
    type: number
    sql: ${TABLE}.timed_flights ;;
    label: "Timed Flights"
    description: "Flights that landed and whose time at this airport is known and plausible: the size of the sample."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: on_time_flights {
    type: number
    sql: ${TABLE}.on_time_flights ;;
    label: "On Time Flights"
    description: "Timed flights at most 15 minutes after schedule at this airport."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: on_time_share {
    type: number
    sql: ${TABLE}.on_time_share ;;
    label: "On Time Share"
    description: "On-time flights out of timed flights, 0 to 1; null where none is timed."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: total_delay_minutes {
    type: number
    sql: ${TABLE}.total_delay_minutes ;;
    label: "Total Delay Minutes"
    description: "Sum of the signed delays of the timed flights, in minutes: divide by the timed flights for a mean over several rows."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: mean_delay_minutes {
    type: number
    sql: ${TABLE}.mean_delay_minutes ;;
    label: "Mean Delay Minutes"
    description: "Mean of the signed delays of the timed flights, in minutes; early flights count as negative."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: p90_delay_minutes {
    type: number
    sql: ${TABLE}.p90_delay_minutes ;;
    label: "90th Percentile of Delay Minutes"
    description: "Nine of ten timed flights were at most so many minutes late (interpolated 90th percentile). It can't be averaged over rows."
    value_format_name: decimal_1
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
