- dashboard: partner_performance
  title: "Partner performance"
  description: "Punctuality of our airline partners at the gate (estimated), delays, cancellations, and what the source does not know."
  layout: newspaper
  preferred_viewer: dashboards-next

  filters:
    - name: date
      title: "Flight date"
      type: date_filter
      default_value: "28 days ago for 28 days"
      allow_multiple_values: true
      required: true
    - name: airline
      title: "Airline"
      type: field_filter
      default_value: ""
      allow_multiple_values: true
      required: false
      model: aviastack
      explore: airline_daily_performance
      field: airline_daily_performance.airline_name

  elements:
    - name: flights
      title: "Flights"
      type: single_value
      model: aviastack
      explore: airline_daily_performance
      fields: [airline_daily_performance.flight_count]
      listen: &by_day
        date: airline_daily_performance.flight_date
        airline: airline_daily_performance.airline_name
      row: 0
      col: 0
      width: 4
      height: 3

    - name: on_time_rate
      title: "Arrivals on time at the gate (less than 15 minutes late, estimate by median taxi time)"
      type: single_value
      model: aviastack
      explore: airline_daily_performance
      fields: [airline_daily_performance.on_time_rate, airline_daily_performance.on_time_p80_rate]
      show_comparison: true
      comparison_type: value
      comparison_label: "by p80 of taxi times"
      listen: *by_day
      row: 0
      col: 4
      width: 5
      height: 3

    - name: mean_delay
      title: "Mean arrival delay at the gate (minutes, estimate)"
      type: single_value
      model: aviastack
      explore: airline_daily_performance
      fields: [airline_daily_performance.mean_delay]
      listen: *by_day
      row: 0
      col: 9
      width: 5
      height: 3

    - name: cancellation_rate
      title: "Cancelled"
      type: single_value
      model: aviastack
      explore: airline_daily_performance
      fields: [airline_daily_performance.cancellation_rate, airline_daily_performance.cancelled_count]
      show_comparison: true
      comparison_type: value
      comparison_label: "flights"
      listen: *by_day
      row: 0
      col: 14
      width: 5
      height: 3

    - name: unresolved_rate
      title: "Unresolved (end unknown to the API)"
      type: single_value
      model: aviastack
      explore: airline_daily_performance
      fields: [airline_daily_performance.unresolved_rate]
      listen: *by_day
      row: 0
      col: 19
      width: 5
      height: 3

    - name: punctuality_by_airline
      title: "Punctuality by airline: bands of gate estimates (no order if two bands overlap), runway rate, DOT rule"
      type: looker_grid
      model: aviastack
      explore: airline_daily_performance
      fields:
        - airline_daily_performance.airline_name
        - airline_daily_performance.flight_count
        - airline_daily_performance.on_time_rate_low
        - airline_daily_performance.on_time_rate_high
        - airline_daily_performance.departure_on_time_rate_low
        - airline_daily_performance.departure_on_time_rate_high
        - airline_daily_performance.timed_count
        - airline_daily_performance.runway_on_time_rate
        - airline_daily_performance.otp_scheduled_rate
        - airline_daily_performance.otp_scheduled_all_late_rate
        - airline_daily_performance.cancellation_rate
        - airline_daily_performance.unresolved_rate
      filters:
        airline_daily_performance.timed_count: ">=30"
      sorts: [airline_daily_performance.flight_count desc]
      limit: 50
      listen: *by_day
      row: 3
      col: 0
      width: 14
      height: 8

    - name: on_time_by_week
      title: "Arrivals on time at the gate by week (estimate, median taxi time)"
      type: looker_line
      model: aviastack
      explore: airline_daily_performance
      fields:
        - airline_daily_performance.flight_week
        - airline_daily_performance.airline_name
        - airline_daily_performance.on_time_rate
      pivots: [airline_daily_performance.airline_name]
      sorts: [airline_daily_performance.flight_week]
      listen: *by_day
      row: 3
      col: 14
      width: 10
      height: 8

    - name: delay_distribution
      title: "Arrival delays at the gate (estimate, median taxi time)"
      type: looker_column
      model: aviastack
      explore: fct_flights
      fields: [fct_flights.delay_band, fct_flights.flight_count]
      filters:
        fct_flights.gate_arrival_delay_minutes: "NOT NULL"
      sorts: [fct_flights.delay_band]
      listen: &by_flight
        date: fct_flights.flight_date
        airline: dim_airlines.airline_name
      row: 11
      col: 0
      width: 8
      height: 7

    - name: worst_routes
      title: "Routes with the lowest upper end of the band (at least 30 timed arrivals)"
      type: looker_grid
      model: aviastack
      explore: fct_flights
      fields:
        - fct_flights.route
        - dim_airlines.airline_name
        - fct_flights.on_time_rate_low
        - fct_flights.on_time_rate_high
        - fct_flights.timed_count
        - fct_flights.mean_delay
        - fct_flights.p90_delay
      filters:
        fct_flights.timed_count: ">=30"
      sorts: [fct_flights.on_time_rate_high]
      limit: 15
      listen: *by_flight
      row: 11
      col: 8
      width: 16
      height: 7

    - name: airports_by_hour
      title: "Departures on time at the gate by airport and hour, all airlines (estimate; airports with taxi figures only)"
      type: looker_grid
      model: aviastack
      explore: airport_hourly_punctuality
      fields:
        - airport_hourly_punctuality.airport_name
        - airport_hourly_punctuality.local_hour
        - airport_hourly_punctuality.on_time_rate
      pivots: [airport_hourly_punctuality.local_hour]
      filters:
        airport_hourly_punctuality.direction: "departure"
        airport_hourly_punctuality.timed_count: ">=5"
        airport_hourly_punctuality.assumed_count: "0"
      sorts: [airport_hourly_punctuality.local_hour]
      limit: 25
      listen:
        date: airport_hourly_punctuality.local_date
      row: 18
      col: 0
      width: 24
      height: 8

    - name: completeness_by_date
      title: "Completeness of the data"
      type: looker_line
      model: aviastack
      explore: data_completeness
      fields:
        - data_completeness.flight_date
        - data_completeness.completeness
        - data_completeness.missing_count
        - data_completeness.late_count
      sorts: [data_completeness.flight_date]
      listen:
        date: data_completeness.flight_date
        airline: data_completeness.airline_name
      row: 26
      col: 0
      width: 16
      height: 6

    - name: freshness
      title: "Freshness"
      type: looker_grid
      model: aviastack
      explore: data_freshness
      fields: [data_freshness.endpoint, data_freshness.last_loaded_at_time, data_freshness.built_at_time]
      row: 26
      col: 16
      width: 8
      height: 6
