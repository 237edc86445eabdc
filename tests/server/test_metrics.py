from server.metrics import Metrics, Series


def test_numbers_are_read_when_they_are_asked_for() -> None:
    counts = {"seated": 1}
    metrics = Metrics([Series(name="seated", kind="gauge", text="Seated.", read=lambda: counts["seated"])])
    assert b"\nlamplit_seated 1.0\n" in metrics.write()
    counts["seated"] = 5
    assert b"\nlamplit_seated 5.0\n" in metrics.write()


def test_a_label_has_one_number_for_each_value() -> None:
    series = Series(
        name="drops", kind="counter", text="Drops.", read=lambda: {"muted": 3, "late": 4}, label="reason"
    )
    text = Metrics([series]).write().decode()
    assert "# TYPE lamplit_drops_total counter" in text
    assert 'lamplit_drops_total{reason="late"} 4.0' in text
    assert 'lamplit_drops_total{reason="muted"} 3.0' in text


def test_the_process_is_measured_too() -> None:
    text = Metrics([]).write().decode()
    assert "process_open_fds" in text
    assert "python_gc_collections_total" in text
