# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: fct_flights {
  sql_table_name: marts.fct_flights ;;
  label: "Flights"

  dimension: flight_leg_id {
    type: string
    sql: ${TABLE}.flight_leg_id ;;
    label: "Flight Leg Id"
    description: "The operating flight as one text: date, departure, arrival, operating carrier (ICAO, else IATA) and number. It holds no clock, so a flight keeps it when it is retimed."
    primary_key: yes
  }

  dimension: flight_key {
    type: string
    sql: ${TABLE}.flight_key ;;
    label: "Flight Key"
    description: "The row of `aviationstack.flights` that speaks for the flight."
  }

  dimension: airline_key {
    type: string
    sql: ${TABLE}.airline_key ;;
    label: "Airline Key"
    description: "The operating airline: its ICAO code, its IATA code where it has none, `UNKNOWN` where it has neither. IATA codes are shared (AS is Alaska, ASA, and AlphaSky, JAG), ICAO codes are not."
  }

  dimension: flight_number {
    type: string
    sql: ${TABLE}.flight_number ;;
    label: "Flight Number"
    description: "The operating flight's number, digits without leading zeros; null where the API has none."
  }

  dimension: flight_iata {
    type: string
    sql: ${TABLE}.flight_iata ;;
    label: "Flight IATA"
    description: "IATA code of the airline and number, as DL1004."
  }

  dimension: flight_icao {
    type: string
    sql: ${TABLE}.flight_icao ;;
    label: "Flight ICAO"
    description: "ICAO code of the airline and number, as DAL1004."
  }

  dimension: departure_airport_key {
    type: string
    sql: ${TABLE}.departure_airport_key ;;
    label: "Departure Airport Key"
    description: "The airport: its IATA code, or its ICAO code where it has none."
  }

  dimension: arrival_airport_key {
    type: string
    sql: ${TABLE}.arrival_airport_key ;;
    label: "Arrival Airport Key"
    description: "The airport: its IATA code, or its ICAO code where it has none."
  }

  dimension: flight_status {
    type: string
    sql: ${TABLE}.flight_status ;;
    label: "Flight Status"
    description: "The API's word at the last sighting: `scheduled`, `active`, `landed`, `cancelled`, `diverted`, `incident`, `unknown`, or null."
  }

  dimension: outcome {
    type: string
    sql: ${TABLE}.outcome ;;
    label: "Outcome"
    description: "What became of the flight, decided by the API's status alone:"
  }

  dimension: departure_terminal {
    type: string
    sql: ${TABLE}.departure_terminal ;;
    label: "Departure Terminal"
    description: "Terminal, cut to four characters by the API."
  }

  dimension: departure_gate {
    type: string
    sql: ${TABLE}.departure_gate ;;
    label: "Departure Gate"
    description: "Gate."
  }

  dimension: arrival_terminal {
    type: string
    sql: ${TABLE}.arrival_terminal ;;
    label: "Arrival Terminal"
    description: "Terminal, cut to four characters by the API."
  }

  dimension: arrival_gate {
    type: string
    sql: ${TABLE}.arrival_gate ;;
    label: "Arrival Gate"
    description: "Gate."
  }

  dimension: arrival_baggage {
    type: string
    sql: ${TABLE}.arrival_baggage ;;
    label: "Arrival Baggage"
    description: "Baggage belt."
  }

  dimension: scheduled_duration_minutes {
    type: number
    sql: ${TABLE}.scheduled_duration_minutes ;;
    label: "Scheduled Duration Minutes"
    description: "Minutes from scheduled departure to scheduled arrival, by UTC."
    value_format_name: decimal_0
  }

  dimension: actual_duration_minutes {
    type: number
    sql: ${TABLE}.actual_duration_minutes ;;
    label: "Actual Duration Minutes"
    description: "Minutes from actual departure to actual arrival, by UTC."
    value_format_name: decimal_0
  }

  dimension: has_plausible_times {
    type: yesno
    sql: ${TABLE}.has_plausible_times ;;
    label: "Has Plausible Times"
    description: "False where the scheduled or the actual flight would take 15 minutes or less, or more than 20 hours, or a delay is a whole day or more. Such a flight is counted, but its times are not used."
  }

  dimension: departure_delay_minutes {
    type: number
    sql: ${TABLE}.departure_delay_minutes ;;
    label: "Departure Delay Minutes"
    description: "Minutes from the scheduled to the actual departure, negative when early. Taken from the times, not from the API's `delay`. Null unless the flight landed and its times are plausible."
    value_format_name: decimal_0
  }

  dimension: arrival_delay_minutes {
    type: number
    sql: ${TABLE}.arrival_delay_minutes ;;
    label: "Arrival Delay Minutes"
    description: "Minutes from the scheduled to the actual arrival, negative when early. Taken from the times, not from the API's `delay`, which is null for early and since 2025-12 for some late flights. Null unless the flight landed and its times are plausible."
    value_format_name: decimal_0
  }

  dimension: is_departure_on_time {
    type: yesno
    sql: ${TABLE}.is_departure_on_time ;;
    label: "Is Departure On Time"
    description: "Whether the departure was at most 15 minutes late; null where it is not timed."
  }

  dimension: is_arrival_on_time {
    type: yesno
    sql: ${TABLE}.is_arrival_on_time ;;
    label: "Is Arrival On Time"
    description: "Whether the arrival was at most 15 minutes late; null where it is not timed."
  }

  dimension: codeshare_count {
    type: number
    sql: ${TABLE}.codeshare_count ;;
    label: "Codeshare Count"
    description: "Under how many other flight numbers the flight was sold, as far as rows were loaded."
    value_format_name: decimal_0
  }

  dimension: operating_row_seen {
    type: yesno
    sql: ${TABLE}.operating_row_seen ;;
    label: "Operating Row Seen"
    description: "False where only codeshare rows tell of the flight: its times are theirs."
  }

  dimension: aircraft_registration {
    type: string
    sql: ${TABLE}.aircraft_registration ;;
    label: "Aircraft Registration"
    description: "Registration of the aircraft."
  }

  dimension: aircraft_icao {
    type: string
    sql: ${TABLE}.aircraft_icao ;;
    label: "Aircraft ICAO"
    description: "ICAO type of the aircraft."
  }

  dimension: aircraft_icao24 {
    type: string
    sql: ${TABLE}.aircraft_icao24 ;;
    label: "Aircraft ICAO24"
    description: "Transponder address of the aircraft."
  }

  dimension: run_id {
    type: string
    sql: ${TABLE}.run_id ;;
    label: "Run Id"
    description: "The run that loaded it."
  }

  dimension: slice {
    type: string
    sql: ${TABLE}.slice ;;
    label: "Slice"
    description: "The slice that it came in."
  }

  dimension: date_state {
    type: string
    sql: ${TABLE}.date_state ;;
    label: "Date State"
    description: "Fingerprint of the source rows of its date that it was built from; the same for all rows of a date. Another state means that the date is rebuilt."
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

  dimension_group: departure_scheduled_local {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.departure_scheduled_local ;;
    label: "Departure Scheduled Local"
    description: "Scheduled departure, the airport's clock."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: departure_scheduled_utc {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.departure_scheduled_utc ;;
    label: "Departure Scheduled UTC"
    description: "Scheduled departure, UTC; null where the airport's zone is unknown."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: departure_actual_local {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.departure_actual_local ;;
    label: "Departure Actual Local"
    description: "Actual departure, the airport's clock."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: departure_actual_utc {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.departure_actual_utc ;;
    label: "Departure Actual UTC"
    description: "Actual departure, UTC; null where the airport's zone is unknown."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: arrival_scheduled_local {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.arrival_scheduled_local ;;
    label: "Arrival Scheduled Local"
    description: "Scheduled arrival, the airport's clock."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: arrival_scheduled_utc {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.arrival_scheduled_utc ;;
    label: "Arrival Scheduled UTC"
    description: "Scheduled arrival, UTC; null where the airport's zone is unknown."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: arrival_actual_local {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.arrival_actual_local ;;
    label: "Arrival Actual Local"
    description: "Actual arrival, the airport's clock."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: arrival_actual_utc {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.arrival_actual_utc ;;
    label: "Arrival Actual UTC"
    description: "Actual arrival, UTC; null where the airport's zone is unknown."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: extracted_at {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.extracted_at ;;
    label: "Extracted At"
    description: "When the API last told of the flight, UTC."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: loaded_at {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.loaded_at ;;
    label: "Loaded At"
    description: "When a load last changed the row, UTC."
    convert_tz: no
    datatype: datetime
  }
}
