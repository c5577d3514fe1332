"""Metrics: the names that dashboards watch, and no growth without end."""

from __future__ import annotations

from gateway.telemetry import Metrics
from gateway.telemetry.metrics import MOST_OPERATIONS


def test_metrics_have_the_promised_names() -> None:
    """Dashboards and alerts would silently watch nothing."""
    metrics = Metrics()
    metrics.received(account="shop", kind="customer", result="new", count=2)
    metrics.delivered(account="crm", kind="order", result="sent")
    metrics.vendor_called(account="crm", operation="crm.add", status=200, seconds=0.2)
    metrics.vendor_called(account="crm", operation="crm.add", status=None, seconds=15)
    metrics.state.due.show({("crm", "retry"): 3})
    metrics.state.oldest_due.show({("crm",): 61.5})
    metrics.state.circuit.show({("crm",): 1})
    metrics.budget_used(account="crm", calls=7)
    metrics.state.limit.show({("crm",): 2.5})
    metrics.published(5)
    text = metrics.exposition().decode()
    for sample in (
        'gateway_received_total{account="shop",kind="customer",result="new"} 2.0',
        'gateway_deliveries_total{account="crm",kind="order",result="sent"} 1.0',
        'gateway_vendor_calls_total{account="crm",operation="crm.add",status_class="2xx"} 1.0',
        'gateway_vendor_calls_total{account="crm",operation="crm.add",status_class="none"} 1.0',
        'gateway_vendor_call_seconds_count{account="crm",operation="crm.add"} 2.0',
        'gateway_due{account="crm",state="retry"} 3.0',
        'gateway_oldest_due_seconds{account="crm"} 61.5',
        'gateway_circuit_open{account="crm"} 1.0',
        'gateway_budget_used_total{account="crm"} 7.0',
        'gateway_budget_limit{account="crm"} 2.5',
        "gateway_bus_published_total 5.0",
    ):
        assert sample in text


def test_operations_cannot_grow_without_end() -> None:
    """A connector that puts ids into operation names would fill the memory of the metrics."""
    metrics = Metrics()
    for number in range(MOST_OPERATIONS + 50):
        metrics.vendor_called(account="crm", operation=f"get/{number}", status=200, seconds=0.1)
    text = metrics.exposition().decode()
    assert text.count("gateway_vendor_calls_total{") == MOST_OPERATIONS + 1
    assert 'operation="other",status_class="2xx"} 50.0' in text


def test_a_hostile_connector_can_neither_grow_them_nor_tell_of_people() -> None:
    """A connector or vendor must not decide how large our answers to Prometheus are."""
    metrics = Metrics()
    metrics.vendor_called(account="crm", operation="find/+79161234567", status=200, seconds=0.1)
    metrics.vendor_called(account="crm", operation="o" * 10_000, status=200, seconds=0.1)
    for status in (*range(1000), -5, 10**9):
        metrics.vendor_called(account="crm", operation="get", status=status, seconds=-1.0)
    metrics.arrived(account="crm", seconds=-5.0)
    text = metrics.exposition().decode()
    assert "9161234567" not in text
    assert 'operation="other",status_class="2xx"} 2.0' in text
    assert text.count('gateway_vendor_calls_total{account="crm",operation="get"') == 6
    assert 'gateway_delivery_lag_seconds_sum{account="crm"} 0.0' in text


def test_two_sets_of_metrics_are_strangers() -> None:
    """A second gateway in one process (a test, a demo) would fail on names taken twice."""
    first, second = Metrics(), Metrics()
    first.published()
    assert "gateway_bus_published_total 0.0" in second.exposition().decode()
