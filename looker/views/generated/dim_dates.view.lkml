# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: dim_dates {
  sql_table_name: marts.dim_dates ;;
  label: "Dates"

  dimension: day_of_week {
    type: number
    sql: ${TABLE}.day_of_week ;;
    label: "Day Of Week"
    description: "1 is Monday, 7 is Sunday."
    value_format_name: decimal_0
  }

  dimension: day_name {
    type: string
    sql: ${TABLE}.day_name ;;
    label: "Day Name"
    description: "Monday to Sunday."
  }

  dimension: is_weekend {
    type: yesno
    sql: ${TABLE}.is_weekend ;;
    label: "Is Weekend"
    description: "Saturday or Sunday."
  }

  dimension: calendar_year {
    type: number
    sql: ${TABLE}.calendar_year ;;
    label: "Calendar Year"
    description: "Year."
    value_format_name: id
  }

  dimension_group: date {
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
    sql: ${TABLE}.date_day ;;
    label: "Date"
    description: "The day."
    convert_tz: no
    datatype: date
  }

  dimension_group: week_start {
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
    sql: ${TABLE}.week_start ;;
    label: "Week Start"
    description: "The Monday of its week."
    convert_tz: no
    datatype: date
  }

  dimension_group: month_start {
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
    sql: ${TABLE}.month_start ;;
    label: "Month Start"
    description: "First day of its month."
    convert_tz: no
    datatype: date
  }

  dimension_group: quarter_start {
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
    sql: ${TABLE}.quarter_start ;;
    label: "Quarter Start"
    description: "First day of its quarter."
    convert_tz: no
    datatype: date
  }
}
