# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: route_performance {
  sql_table_name: marts.route_performance ;;
  label: "Route Performance"

  dimension: primary_key {
    type: string
    sql: CAST(${TABLE}.flight_month AS VARCHAR) || '|' || CAST(${TABLE}.route AS VARCHAR) || '|' || CAST(${TABLE}.airline_key AS VARCHAR) ;;
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
    description: "The airport: its IATA code, or its ICAO code where it has none."
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
    description: "The airport: its IATA code, or its ICAO code where it has none."
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
    description: "The operating airline: its ICAO code, its IATA code where it has none, `UNKNOWN` where it has neither. IATA codes are shared (AS is Alaska, ASA, and AlphaSky, JAG), ICAO codes are not."
  }

  dimension: airline_name {
    type: string
    sql: ${TABLE}.airline_name ;;
    label: "Airline Name"
    description: "Name of the airline."
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

  dimension: timed_arrivals {
    type: number
    sql: ${TABLE}.timed_arrivals ;;
    label: "Timed Arrivals"
    description: "Flights that landed and whose scheduled and actual arrival are known and plausible: the size of the sample behind every figure of arrival delay."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: on_time_arrivals {
    type: number
    sql: ${TABLE}.on_time_arrivals ;;
    label: "On Time Arrivals"
    description: "Timed arrivals at most 15 minutes after schedule (15:00 counts as on time; the variable `on_time_within_minutes` changes it)."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: on_time_share {
    type: number
    sql: ${TABLE}.on_time_share ;;
    label: "On Time Share"
    description: "On-time arrivals out of timed arrivals, 0 to 1; null where no arrival is timed. Cancelled, diverted and unresolved flights are in neither number."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: total_arrival_delay_minutes {
    type: number
    sql: ${TABLE}.total_arrival_delay_minutes ;;
    label: "Total Arrival Delay Minutes"
    description: "Sum of the signed delays of the timed flights, in minutes: divide by the timed flights for a mean over several rows."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: mean_arrival_delay_minutes {
    type: number
    sql: ${TABLE}.mean_arrival_delay_minutes ;;
    label: "Mean Arrival Delay Minutes"
    description: "Mean of the signed delays of the timed flights, in minutes; early flights count as negative."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: p90_arrival_delay_minutes {
    type: number
    sql: ${TABLE}.p90_arrival_delay_minutes ;;
    label: "90th Percentile of Arrival Delay Minutes"
    description: "Nine of ten timed flights were at most so many minutes late (interpolated 90th percentile). It can't be averaged over rows."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: timed_departures {
    type: number
    sql: ${TABLE}.timed_departures ;;
    label: "Timed Departures"
    description: "Flights that landed and whose scheduled and actual departure are known and plausible: the size of the sample behind every figure of departure delay."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: on_time_departures {
    type: number
    sql: ${TABLE}.on_time_departures ;;
    label: "On Time Departures"
    description: "Timed departures at most 15 minutes after schedule (15:00 counts as on time; the variable `on_time_within_minutes` changes it)."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: departure_on_time_share {
    type: number
    sql: ${TABLE}.departure_on_time_share ;;
    label: "Departure On Time Share"
    description: "On-time departures out of timed departures, 0 to 1; null where no departure is timed."
    value_format_name: percent_1
    hidden: yes
  }

  dimension: total_departure_delay_minutes {
    type: number
    sql: ${TABLE}.total_departure_delay_minutes ;;
    label: "Total Departure Delay Minutes"
    description: "Sum of the signed delays of the timed flights, in minutes: divide by the timed flights for a mean over several rows."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: mean_departure_delay_minutes {
    type: number
    sql: ${TABLE}.mean_departure_delay_minutes ;;
    label: "Mean Departure Delay Minutes"
    description: "Mean of the signed delays of the timed flights, in minutes; early flights count as negative."
    value_format_name: decimal_1
    hidden: yes
  }

  dimension: p90_departure_delay_minutes {
    type: number
    sql: ${TABLE}.p90_departure_delay_minutes ;;
    label: "90th Percentile of Departure Delay Minutes"
    description: "Nine of ten timed flights were at most so many minutes late (interpolated 90th percentile). It can't be averaged over rows."
    value_format_name: decimal_1
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
