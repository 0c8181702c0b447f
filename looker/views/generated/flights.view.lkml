# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: flights {
  sql_table_name: marts.flights ;;
  label: "Flights"

  dimension: flight_status {
    type: string
    sql: ${TABLE}.flight_status ;;
    label: "Flight Status"
    description: "The API's word at the last sighting: `scheduled`, `active`, `landed`, `cancelled`, `diverted`, `incident`, `unknown`, or null."
  }

  dimension: departure_airport {
    type: string
    sql: ${TABLE}.departure_airport ;;
    label: "Departure Airport"
    description: "Name of the departure airport."
  }

  dimension: arrival_airport {
    type: string
    sql: ${TABLE}.arrival_airport ;;
    label: "Arrival Airport"
    description: "Name of the arrival airport."
  }

  dimension: airline_name {
    type: string
    sql: ${TABLE}.airline_name ;;
    label: "Airline Name"
    description: "Name of the operating airline."
  }

  dimension_group: flight {
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
    sql: ${TABLE}.flight_date ;;
    label: "Flight"
    description: "The calendar date of the scheduled departure at the departure airport."
    convert_tz: no
    datatype: date
  }
}
