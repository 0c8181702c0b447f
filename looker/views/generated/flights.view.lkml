# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: flights {
  sql_table_name: marts.flights ;;
  label: "Flights"

  dimension: flight_status {
    type: string
    sql: ${TABLE}.flight_status ;;
    label: "Flight Status"
    description: "Status as the API last sent it: `scheduled`, `active`, `landed`, `cancelled`, `diverted`, `incident`, `unknown`, or null."
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

  dimension: flight_number {
    type: string
    sql: ${TABLE}.flight_number ;;
    label: "Flight Number"
    description: "Number of the operating flight, digits without leading zeros; null if the API sends none."
  }

  dimension: flight_leg_id {
    type: string
    sql: ${TABLE}.flight_leg_id ;;
    label: "Flight Leg Id"
    description: "The operating flight as one text: date, departure, arrival, operating carrier (ICAO, else IATA) and number, as `2024-04-16|JFK|LAX|DAL|100`. It holds no clock, so a retimed flight keeps it. A second flight flown under the same number, date and route ends in `|2`."
    primary_key: yes
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
    description: "Calendar date of the scheduled departure at the departure airport."
    convert_tz: no
    datatype: date
  }
}
