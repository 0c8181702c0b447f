# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: data_completeness {
  sql_table_name: marts.data_completeness ;;
  label: "Data Completeness"

  dimension: primary_key {
    type: string
    sql: CAST(${TABLE}.flight_date AS VARCHAR) || '|' || CAST(${TABLE}.partner_code AS VARCHAR) ;;
    primary_key: yes
    hidden: yes
  }

  dimension: partner_code {
    type: string
    sql: ${TABLE}.partner_code ;;
    label: "Partner Code"
    description: "The requested airline, by the code in the request; `ALL` for slices without an airline."
  }

  dimension: airline_key {
    type: string
    sql: ${TABLE}.airline_key ;;
    label: "Airline Key"
    description: "The airline that the code most likely means; null for `ALL`."
  }

  dimension: airline_name {
    type: string
    sql: ${TABLE}.airline_name ;;
    label: "Airline Name"
    description: "Its name, or `All airlines`."
  }

  dimension: expected_slices {
    type: number
    sql: ${TABLE}.expected_slices ;;
    label: "Expected Slices"
    description: "Slices that are expected."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: complete_slices {
    type: number
    sql: ${TABLE}.complete_slices ;;
    label: "Complete Slices"
    description: "Slices with a load proved complete, before or after the date settled."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: settled_slices {
    type: number
    sql: ${TABLE}.settled_slices ;;
    label: "Settled Slices"
    description: "Complete slices fetched after the date had settled (two days later): their figures no longer change."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: incomplete_slices {
    type: number
    sql: ${TABLE}.incomplete_slices ;;
    label: "Incomplete Slices"
    description: "Slices loaded, but never complete."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: missing_slices {
    type: number
    sql: ${TABLE}.missing_slices ;;
    label: "Missing Slices"
    description: "Slices never loaded."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: late_slices {
    type: number
    sql: ${TABLE}.late_slices ;;
    label: "Late Slices"
    description: "Slices not settled within three days of the date. A scope is not late until a day after its first request."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: completeness_share {
    type: number
    sql: ${TABLE}.completeness_share ;;
    label: "Completeness Share"
    description: "Complete slices out of expected slices, 0 to 1."
    value_format_name: percent_1
    hidden: yes
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

  dimension_group: last_as_of {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.last_as_of ;;
    label: "Last As Of"
    description: "As-of time of the newest load, UTC."
    convert_tz: no
    datatype: datetime
  }
}
