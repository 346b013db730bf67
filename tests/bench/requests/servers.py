"""Four receptions for the benchmark of requests: what each agent is told, and its MCP servers in this process.

Only the café's tools bring examples. Nothing is stored: a call that changes something says that it is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from mcp.server import MCPServer
from mcp_types import ToolAnnotations
from pydantic import Field

from mcp_servers import clock
from mcp_servers.cafe import server as cafe

__all__ = ["NOW", "RECEPTIONS", "Reception"]

NOW = datetime(2026, 11, 23, 14, 0)
"""A Monday."""
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_WRITES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
_DESTROYS = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)


@dataclass(frozen=True, slots=True)
class Reception:
    """`instructions` and `greeting` of the agent; `servers` makes its MCP servers by name, given an empty folder."""

    instructions: str
    greeting: str
    servers: Callable[[Path], Mapping[str, MCPServer]]


def _cafe(folder: Path) -> Mapping[str, MCPServer]:
    return {
        "cafe": cafe.create(folder / "cafe.sqlite", now=lambda: NOW),
        "clock": clock.create(now=lambda: NOW),
    }


def _shop(_: Path) -> Mapping[str, MCPServer]:
    orders = MCPServer("orders", instructions="Every order has a number of five digits.", log_level="WARNING")

    @orders.tool(title="Order status", annotations=_READS)
    def order_status(order_number: Annotated[str, Field(description="Number of the order, five digits")]) -> str:
        """Tell where an order is and when it arrives."""
        if order_number == "47291":
            return "Order 47291 has left our warehouse. It arrives on Wednesday."
        return f"Order {order_number} is being packed. It leaves on Thursday."

    @orders.tool(title="Cancel an order", annotations=_DESTROYS)
    def cancel_order(order_number: Annotated[str, Field(description="Number of the order, five digits")]) -> str:
        """Cancel an order that has not arrived."""
        return f"Order {order_number} is cancelled."

    @orders.tool(title="Change the delivery address", annotations=_WRITES)
    def change_address(
        order_number: Annotated[str, Field(description="Number of the order, five digits")],
        street: Annotated[str, Field(description="Street and house number")],
        city: Annotated[str, Field(description="City")],
    ) -> str:
        """Send an order to another address."""
        return f"Order {order_number} goes to {street}, {city}."

    weather = MCPServer("weather", log_level="WARNING")

    @weather.tool(title="Weather forecast", annotations=_READS)
    def get_forecast(
        city: Annotated[str, Field(description="City")],
        day: Annotated[str, Field(description='Day: "today", "tomorrow" or "Friday"')] = "today",
    ) -> str:
        """Get the weather forecast for a city."""
        return f"In {city} {day}: light rain, 9 degrees, little wind."

    return {"orders": orders, "weather": weather}


def _clinic(_: Path) -> Mapping[str, MCPServer]:
    clinic = MCPServer("clinic", instructions="Never give medical advice.", log_level="WARNING")

    @clinic.tool(title="Find free appointments", annotations=_READS)
    def find_appointments(
        doctor: Annotated[str, Field(description="Name of the doctor")],
        date: Annotated[str, Field(description='Day: "2026-11-24", "tomorrow" or "Friday"')],
    ) -> str:
        """Find free appointments with a doctor on a day."""
        return f"{doctor} has free appointments {date} at 9:15, 11:00 and 15:30."

    @clinic.tool(title="Book an appointment", annotations=_WRITES)
    def book_appointment(
        doctor: Annotated[str, Field(description="Name of the doctor")],
        date: Annotated[str, Field(description='Day: "2026-11-24", "tomorrow" or "Friday"')],
        time: Annotated[str, Field(description='Time: "15:30" or "3:30 pm"')],
        patient: Annotated[str, Field(description="Full name of the patient")],
    ) -> str:
        """Book an appointment with a doctor."""
        return f"Booked: {patient} with {doctor}, {date} at {time}."

    @clinic.tool(title="Cancel an appointment", annotations=_DESTROYS)
    def cancel_appointment(
        patient: Annotated[str, Field(description="Full name of the patient")],
        date: Annotated[str, Field(description="Day of the appointment")],
    ) -> str:
        """Cancel the appointment of a patient."""
        return f"The appointment of {patient} {date} is cancelled."

    @clinic.tool(title="Order a repeat prescription", annotations=_WRITES)
    def order_prescription(
        patient: Annotated[str, Field(description="Full name of the patient")],
        medicine: Annotated[str, Field(description="Name of the medicine")],
    ) -> str:
        """Order a repeat prescription for a patient."""
        return f"The prescription of {medicine} for {patient} is ready tomorrow at noon."

    return {"clinic": clinic}


def _house(_: Path) -> Mapping[str, MCPServer]:
    hotel = MCPServer("hotel", log_level="WARNING")
    spa = MCPServer("spa", log_level="WARNING")

    @hotel.tool(title="Free rooms", annotations=_READS)
    def availability(
        date: Annotated[str, Field(description="Day of arrival")],
        nights: Annotated[int, Field(description="How many nights")],
    ) -> str:
        """Look for a free hotel room."""
        return "Rooms are free: a single for 80 euros and a double for 120 euros a night."

    @hotel.tool(title="Book a room", annotations=_WRITES)
    def book(
        date: Annotated[str, Field(description="Day of arrival")],
        nights: Annotated[int, Field(description="How many nights")],
        guests: Annotated[int, Field(description="How many guests")],
        name: Annotated[str, Field(description="Name of the guest")],
    ) -> str:
        """Book a hotel room."""
        return f"The room is booked for {name}, {date}, {nights} nights, {guests} guests."

    @hotel.tool(title="Cancel a room", annotations=_DESTROYS)
    def cancel(name: Annotated[str, Field(description="Name of the guest")]) -> str:
        """Cancel the booking of a hotel room."""
        return f"The room of {name} is cancelled."

    @spa.tool(name="availability", title="Free treatments", annotations=_READS)
    def treatments(
        treatment: Annotated[str, Field(description="massage, sauna or facial")],
        date: Annotated[str, Field(description="Day")],
    ) -> str:
        """Look for a free treatment in the spa."""
        return f"A {treatment} is free {date} at 10:00 and 16:00."

    @spa.tool(name="book", title="Book a treatment", annotations=_WRITES)
    def book_treatment(
        treatment: Annotated[str, Field(description="massage, sauna or facial")],
        date: Annotated[str, Field(description="Day")],
        time: Annotated[str, Field(description="Time")],
        name: Annotated[str, Field(description="Name of the guest")],
    ) -> str:
        """Book a treatment in the spa."""
        return f"A {treatment} is booked for {name}, {date} at {time}."

    @spa.tool(name="cancel", title="Cancel a treatment", annotations=_DESTROYS)
    def cancel_treatment(name: Annotated[str, Field(description="Name of the guest")]) -> str:
        """Cancel a treatment in the spa."""
        return f"The treatment of {name} is cancelled."

    return {"hotel": hotel, "spa": spa}


RECEPTIONS: Mapping[str, Reception] = {
    "cafe": Reception(
        "You are Lisa, the friendly receptionist of Café Linden, 12 Harbour Street. You answer the phone.\n"
        "We serve coffee, tea, breakfast, and home-made cakes: apple cake, cheesecake, carrot cake and a chocolate "
        "tart.\nDogs are welcome. There is free wireless internet. We do not deliver.",
        "Café Linden, this is Lisa. How can I help you?",
        _cafe,
    ),
    "shop": Reception(
        "You are Max from the customer service of Alpine Outdoor, a web shop for tents, boots and rucksacks.\n"
        "Delivery takes three days and costs 5 euros. Goods may be sent back within 30 days. We have no shop to visit.",
        "Alpine Outdoor, Max speaking. What can I do for you?",
        _shop,
    ),
    "clinic": Reception(
        "You are the assistant at the front desk of the Riverside Clinic, 8 Mill Lane.\n"
        "The doctors are Doctor Patel, a family doctor, and Doctor Weber, a skin doctor. "
        "We are open from Monday to Friday from 8:00 to 17:00. In an emergency people have to call 112. "
        "There is no parking at the clinic; bus 14 stops in front of the door.",
        "Riverside Clinic, good morning. How can I help?",
        _clinic,
    ),
    "house": Reception(
        "You are Emma at the reception of the Lakeside Hotel, which has a spa.\n"
        "Breakfast is from 7:00 to 10:30 and is included. Check-in is from 15:00, check-out until 11:00. "
        "The spa is open every day from 9:00 to 20:00. Pets are not allowed. Parking is free.",
        "Lakeside Hotel and Spa, Emma speaking. How can I help you?",
        _house,
    ),
}
