# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: dim_airports {
  sql_table_name: marts.dim_airports ;;
  label: "Airports"

  dimension: airport_key {
    type: string
    sql: ${TABLE}.airport_key ;;
    label: "Airport Key"
    description: "Airport: its IATA code, or its ICAO code if it has no IATA code."
    primary_key: yes
  }

  dimension: airport_iata {
    type: string
    sql: ${TABLE}.airport_iata ;;
    label: "Airport IATA"
    description: "IATA code."
  }

  dimension: airport_icao {
    type: string
    sql: ${TABLE}.airport_icao ;;
    label: "Airport ICAO"
    description: "ICAO code, the most frequent one if there are several."
  }

  dimension: airport_name {
    type: string
    sql: ${TABLE}.airport_name ;;
    label: "Airport Name"
    description: "Name, one per code; the code if no name is known."
  }

  dimension: city_name {
    type: string
    sql: ${TABLE}.city_name ;;
    label: "City Name"
    description: "City."
  }

  dimension: country_iso2 {
    type: string
    sql: ${TABLE}.country_iso2 ;;
    label: "Country Iso2"
    description: "Country, ISO 3166 code."
  }

  dimension: country_name {
    type: string
    sql: ${TABLE}.country_name ;;
    label: "Country Name"
    description: "Country; null if the API's list of countries was not loaded."
  }

  dimension: timezone {
    type: string
    sql: ${TABLE}.timezone ;;
    label: "Timezone"
    description: "IANA time zone."
  }

  dimension: latitude {
    type: number
    sql: ${TABLE}.latitude ;;
    label: "Latitude"
    description: "Degrees north."
    value_format_name: decimal_4
  }

  dimension: longitude {
    type: number
    sql: ${TABLE}.longitude ;;
    label: "Longitude"
    description: "Degrees east."
    value_format_name: decimal_4
  }

  dimension: taxi_out_minutes {
    type: number
    sql: ${TABLE}.taxi_out_minutes ;;
    label: "Taxi Out Minutes"
    description: "Median minutes from the gate to the take-off; null if the airport has no figures and its gate times are assumed."
    value_format_name: decimal_1
  }

  dimension: taxi_out_minutes_p80 {
    type: number
    sql: ${TABLE}.taxi_out_minutes_p80 ;;
    label: "Taxi Out Minutes (p80)"
    description: "80th percentile of the minutes from the gate to the take-off; null if the airport has no figures."
    value_format_name: decimal_1
  }

  dimension: taxi_in_minutes {
    type: number
    sql: ${TABLE}.taxi_in_minutes ;;
    label: "Taxi In Minutes"
    description: "Median minutes from the touchdown to the gate; null if the airport has no figures and its gate times are assumed."
    value_format_name: decimal_1
  }

  dimension: taxi_in_minutes_p80 {
    type: number
    sql: ${TABLE}.taxi_in_minutes_p80 ;;
    label: "Taxi In Minutes (p80)"
    description: "80th percentile of the minutes from the touchdown to the gate; null if the airport has no figures."
    value_format_name: decimal_1
  }

  dimension: taxi_source {
    type: string
    sql: ${TABLE}.taxi_source ;;
    label: "Taxi Source"
    description: "Source of the taxi minutes: US Bureau of Transportation Statistics (BTS) and its period; null if there are none."
  }

  dimension: has_flights {
    type: yesno
    sql: ${TABLE}.has_flights ;;
    label: "Has Flights"
    description: "Whether a loaded flight leaves from or arrives at the airport."
  }
}
