# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: dim_airlines {
  sql_table_name: marts.dim_airlines ;;
  label: "Airlines"

  dimension: airline_key {
    type: string
    sql: ${TABLE}.airline_key ;;
    label: "Airline Key"
    description: "Operating airline: its ICAO code, its IATA code if it has no ICAO code, `UNKNOWN` if it has neither. Airlines share IATA codes (AS is Alaska, ASA, and AlphaSky, JAG) but not ICAO codes."
    primary_key: yes
  }

  dimension: airline_icao {
    type: string
    sql: ${TABLE}.airline_icao ;;
    label: "Airline ICAO"
    description: "ICAO code."
  }

  dimension: airline_iata {
    type: string
    sql: ${TABLE}.airline_iata ;;
    label: "Airline IATA"
    description: "IATA code, the most frequent one. Not unique."
  }

  dimension: airline_name {
    type: string
    sql: ${TABLE}.airline_name ;;
    label: "Airline Name"
    description: "Name, cleaned; the code if no name is known."
  }

  dimension: callsign {
    type: string
    sql: ${TABLE}.callsign ;;
    label: "Callsign"
    description: "Radio callsign."
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
    description: "Country."
  }

  dimension: airline_status {
    type: string
    sql: ${TABLE}.airline_status ;;
    label: "Airline Status"
    description: "Status in the API's list, such as `active`."
  }

  dimension: fleet_size {
    type: number
    sql: ${TABLE}.fleet_size ;;
    label: "Fleet Size"
    description: "Aircraft in the fleet."
    value_format_name: decimal_0
  }

  dimension: fleet_average_age {
    type: number
    sql: ${TABLE}.fleet_average_age ;;
    label: "Fleet Average Age"
    description: "Mean age of the fleet in years."
    value_format_name: decimal_1
  }

  dimension: has_flights {
    type: yesno
    sql: ${TABLE}.has_flights ;;
    label: "Has Flights"
    description: "Whether a loaded flight has the airline."
  }
}
