include: "/views/generated/flights.view.lkml"
