# Written by looker/generate.py from dbt's manifest. Change the contract in dbt, or refine the view in looker/views/.

view: fct_flights {
  sql_table_name: marts.fct_flights ;;
  label: "Flights"

  dimension: flight_leg_id {
    type: string
    sql: ${TABLE}.flight_leg_id ;;
    label: "Flight Leg Id"
    description: "The operating flight as one text: date, departure, arrival, operating carrier (ICAO, else IATA) and number, as `2024-04-16|JFK|LAX|DAL|100`. It holds no clock, so a retimed flight keeps it. A second flight flown under the same number, date and route ends in `|2`."
    primary_key: yes
  }

  dimension: flight_key {
    type: string
    sql: ${TABLE}.flight_key ;;
    label: "Flight Key"
    description: "The most credible row of `aviationstack.flights` about the flight: its status and gates are in this row."
  }

  dimension: airline_key {
    type: string
    sql: ${TABLE}.airline_key ;;
    label: "Airline Key"
    description: "Operating airline: its ICAO code, its IATA code if it has no ICAO code, `UNKNOWN` if it has neither. Airlines share IATA codes (AS is Alaska, ASA, and AlphaSky, JAG) but not ICAO codes."
  }

  dimension: flight_number {
    type: string
    sql: ${TABLE}.flight_number ;;
    label: "Flight Number"
    description: "The operating flight's number, digits without leading zeros; null if the API sends none."
  }

  dimension: flight_iata {
    type: string
    sql: ${TABLE}.flight_iata ;;
    label: "Flight IATA"
    description: "IATA code of the airline and the number, as DL1004."
  }

  dimension: flight_icao {
    type: string
    sql: ${TABLE}.flight_icao ;;
    label: "Flight ICAO"
    description: "ICAO code of the airline and the number, as DAL1004."
  }

  dimension: is_other_operator {
    type: yesno
    sql: ${TABLE}.is_other_operator ;;
    label: "Is Other Operator"
    description: "True if the flight's number is in a range that the airline uses for flights of other airlines (seed `other_operator_numbers`; Delta from 6000). The API sends these flights as the airline's own, without a codeshare. Leave them out of every comparison of airlines."
  }

  dimension: departure_airport_key {
    type: string
    sql: ${TABLE}.departure_airport_key ;;
    label: "Departure Airport Key"
    description: "Airport: its IATA code, or its ICAO code if it has no IATA code."
  }

  dimension: arrival_airport_key {
    type: string
    sql: ${TABLE}.arrival_airport_key ;;
    label: "Arrival Airport Key"
    description: "Airport: its IATA code, or its ICAO code if it has no IATA code."
  }

  dimension: flight_status {
    type: string
    sql: ${TABLE}.flight_status ;;
    label: "Flight Status"
    description: "Status as the API last sent it: `scheduled`, `active`, `landed`, `cancelled`, `diverted`, `incident`, `unknown`, or null."
  }

  dimension: outcome {
    type: string
    sql: ${TABLE}.outcome ;;
    label: "Outcome"
    description: "What became of the flight, by the API's status and its arrival time:"
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
    description: "Minutes from scheduled departure to scheduled arrival, gate to gate, by UTC."
    value_format_name: decimal_0
  }

  dimension: airborne_minutes {
    type: number
    sql: ${TABLE}.airborne_minutes ;;
    label: "Airborne Minutes"
    description: "Minutes from take-off to touchdown, by UTC."
    value_format_name: decimal_0
  }

  dimension: has_plausible_times {
    type: yesno
    sql: ${TABLE}.has_plausible_times ;;
    label: "Has Plausible Times"
    description: "False if the scheduled flight takes less than 15 minutes or more than 24 hours, if it is less than 5 minutes or more than 24 hours in the air, or if a delay is a day or more. Such a flight is counted, but its arrival is not timed."
  }

  dimension: takeoff_delay_minutes {
    type: number
    sql: ${TABLE}.takeoff_delay_minutes ;;
    label: "Takeoff Delay Minutes"
    description: "Minutes from the scheduled gate departure to the take-off (wheels off), negative if early. Computed from the times, not from the API's `delay`. Includes the taxi-out time, so it is no departure delay as airlines count it. Null if either time is unknown or the delay is a day or more."
    value_format_name: decimal_0
  }

  dimension: touchdown_delay_minutes {
    type: number
    sql: ${TABLE}.touchdown_delay_minutes ;;
    label: "Touchdown Delay Minutes"
    description: "Minutes from the scheduled gate arrival to the touchdown (wheels on), negative if early. Computed from the times, not from the API's `delay`. Lacks the taxi-in time, so it is no arrival delay as airlines count it. Null unless the flight arrived with plausible times."
    value_format_name: decimal_0
  }

  dimension: gate_departure_delay_minutes {
    type: number
    sql: ${TABLE}.gate_departure_delay_minutes ;;
    label: "Gate Departure Delay Minutes"
    description: "Minutes late off the gate, negative if early: an estimate, the take-off minus the median taxi-out time of the airport, minus the schedule. `departure_gate_times` says how it was obtained. Not rounded."
    value_format_name: decimal_1
  }

  dimension: gate_departure_delay_minutes_p80 {
    type: number
    sql: ${TABLE}.gate_departure_delay_minutes_p80 ;;
    label: "Gate Departure Delay Minutes (p80)"
    description: "The same by the 80th percentile of taxi-out times: the smaller delay. The on-time shares by both enclose the measured share."
    value_format_name: decimal_1
  }

  dimension: gate_arrival_delay_minutes {
    type: number
    sql: ${TABLE}.gate_arrival_delay_minutes ;;
    label: "Gate Arrival Delay Minutes"
    description: "Minutes late at the gate, negative if early: an estimate, the touchdown plus the median taxi-in time of the airport, minus the schedule. `arrival_gate_times` says how it was obtained. Not rounded."
    value_format_name: decimal_1
  }

  dimension: gate_arrival_delay_minutes_p80 {
    type: number
    sql: ${TABLE}.gate_arrival_delay_minutes_p80 ;;
    label: "Gate Arrival Delay Minutes (p80)"
    description: "The same by the 80th percentile of taxi-in times: the larger delay. The on-time shares by both enclose the measured share."
    value_format_name: decimal_1
  }

  dimension: gate_times {
    type: string
    sql: ${TABLE}.gate_times ;;
    label: "Gate Times"
    description: "The less certain of `departure_gate_times` and `arrival_gate_times`."
  }

  dimension: departure_gate_times {
    type: string
    sql: ${TABLE}.departure_gate_times ;;
    label: "Departure Gate Times"
    description: "How the gate times were obtained: `measured` (the API sent a separate gate time), `estimated` (runway time and the taxi time of the airport), `assumed` (runway time and one figure for all airports without taxi times, with a wider band)."
  }

  dimension: arrival_gate_times {
    type: string
    sql: ${TABLE}.arrival_gate_times ;;
    label: "Arrival Gate Times"
    description: "How the gate times were obtained: `measured` (the API sent a separate gate time), `estimated` (runway time and the taxi time of the airport), `assumed` (runway time and one figure for all airports without taxi times, with a wider band)."
  }

  dimension: codeshare_count {
    type: number
    sql: ${TABLE}.codeshare_count ;;
    label: "Codeshare Count"
    description: "Number of other flight numbers that the flight was sold under, among the rows loaded."
    value_format_name: decimal_0
  }

  dimension: operating_row_seen {
    type: yesno
    sql: ${TABLE}.operating_row_seen ;;
    label: "Operating Row Seen"
    description: "False if the flight is known from codeshare rows alone."
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
    description: "The slice that it was loaded in."
  }

  dimension: date_state {
    type: string
    sql: ${TABLE}.date_state ;;
    label: "Date State"
    description: "Fingerprint of the source rows of its date at the build; the same for all rows of a date. A different fingerprint now means that the date will be rebuilt."
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
    description: "Scheduled departure, UTC; null if the airport's zone is unknown."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: takeoff_local {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.takeoff_local ;;
    label: "Takeoff Local"
    description: "Take-off (wheels off) as sent, the airport's clock."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: takeoff_utc {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.takeoff_utc ;;
    label: "Takeoff UTC"
    description: "Take-off (wheels off) as sent, UTC; null if the airport's zone is unknown."
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
    description: "Scheduled arrival, UTC; null if the airport's zone is unknown."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: touchdown_local {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.touchdown_local ;;
    label: "Touchdown Local"
    description: "Touchdown (wheels on) as sent, the airport's clock."
    convert_tz: no
    datatype: datetime
  }

  dimension_group: touchdown_utc {
    type: time
    timeframes: [
      raw,
      time,
      hour_of_day,
      date,
      week,
    ]
    sql: ${TABLE}.touchdown_utc ;;
    label: "Touchdown UTC"
    description: "Touchdown (wheels on) as sent, UTC; null if the airport's zone is unknown."
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
    description: "When the API last returned the row, UTC."
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
