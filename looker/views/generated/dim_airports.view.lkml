# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: dim_airports {
  sql_table_name: marts.dim_airports ;;
  label: "Airports"

  dimension: airport_key {
    type: string
    sql: ${TABLE}.airport_key ;;
    label: "Airport Key"
    description: "The airport: its IATA code, or its ICAO code where it has none."
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
    description: "ICAO code; the one borne most often where there are several."
  }

  dimension: airport_name {
    type: string
    sql: ${TABLE}.airport_name ;;
    label: "Airport Name"
    description: "Name, one a code; the code where no name is known."
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
    description: "Country, where the API's list of countries was loaded."
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

  dimension: has_flights {
    type: yesno
    sql: ${TABLE}.has_flights ;;
    label: "Has Flights"
    description: "Whether a loaded flight touches the airport."
  }
}
