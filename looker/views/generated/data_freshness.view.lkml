# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: data_freshness {
  sql_table_name: marts.data_freshness ;;
  label: "Data Freshness"

  dimension: endpoint {
    type: string
    sql: ${TABLE}.endpoint ;;
    label: "Endpoint"
    description: "The API's endpoint, such as `flights`."
    primary_key: yes
  }

  dimension: loads {
    type: number
    sql: ${TABLE}.loads ;;
    label: "Loads"
    description: "Loads so far."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: complete_loads {
    type: number
    sql: ${TABLE}.complete_loads ;;
    label: "Complete Loads"
    description: "Loads proved complete."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: calls {
    type: number
    sql: ${TABLE}.calls ;;
    label: "Calls"
    description: "API calls of the loads."
    value_format_name: decimal_0
    hidden: yes
  }

  dimension: source {
    type: string
    sql: ${TABLE}.source ;;
    label: "Source"
    description: "Host of the API that the data came from, `simulated`, `recorded`, or `several`; null if it is not known."
  }

  dimension: own_taxi_times {
    type: string
    sql: ${TABLE}.own_taxi_times ;;
    label: "Own Taxi Times"
    description: "Your own taxi times that the gate estimates of all flights use at their airports, as their period and number; null if only the shipped table is used."
  }

  dimension_group: last_loaded_at {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.last_loaded_at ;;
    label: "Last Loaded At"
    description: "When the last load that changed something reached the warehouse, UTC."
    convert_tz: no
    datatype: datetime
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

  dimension_group: last_complete_as_of {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.last_complete_as_of ;;
    label: "Last Complete As Of"
    description: "As-of time of the newest complete load, UTC."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: last_requested {
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
    sql: ${TABLE}.last_requested_date ;;
    label: "Last Requested"
    description: "The latest flight date that a load requested."
    convert_tz: no
    datatype: date
  }

  dimension_group: built_at {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.built_at ;;
    label: "Built At"
    description: "When the marts were built, UTC."
    convert_tz: no
    datatype: datetime
  }
}
