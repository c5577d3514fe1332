"""Measure reading CommerceML: 51 MB of offers from a file to canonical products.

Two files of the same size and shape, UTF-8 and windows-1251 (where Cyrillic is half as long, so
that a megabyte holds more records). A file is made by the gateway's own writer, without white space
between elements, which is denser than what 1C writes. Each is read in a process of its own: what
counts is memory above that process when it stands idle with all modules loaded.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from gateway.canonical import Money, Price, Product, Stock
from gateway.commerceml import (
    CommerceMlMapping,
    CommerceMlReader,
    Encoding,
    PackageHead,
    ProductWriter,
    WriteOptions,
)
from gateway.contract import Observed

SIZE_MB = 51
MEGABYTE = 1_000_000
TARGET_MB_S = 10
TARGET_MIB = 64
_MAPPING = CommerceMlMapping(
    price_types={"bb14a3a4-6b17-11e0-9819-e0cb4ed5eed4": "retail"},
    stores={f"b611259{n}-41ba-11dd-ac9d-0015e9b8c48d": f"store-{n}" for n in range(3)},
    product_attributes={"kind": "ВидНоменклатуры", "full_name": "Полное наименование"},
)


def offers() -> Iterator[Observed[Product]]:
    """Go through offers without end: variants with a price, three rests and two requisites."""
    number = 0
    while True:
        number += 1
        parent = f"bd72d913-55bc-11d9-848a-{number // 5:012d}"
        code = f"{parent}#ad5de1b6-ca90-11dd-ad02-{number:012d}"
        name = f"Ботинки женские демисезонные ({number % 40})"
        product = Product(
            code=code,
            parent=parent,
            sku=f"Б-{number}",
            name=name,
            barcodes=(f"46{number:011d}",),
            unit="пар",
            vat_rate=Decimal(20),
            prices=(Price(type="retail", amount=Money.of(Decimal(number % 99_999) / 100)),),
            stock=tuple(
                Stock(store=f"store-{n}", quantity=Decimal(number % 50 + n)) for n in range(3)
            ),
            attributes={"kind": "Обувь", "full_name": f"{name}, кожа, размерный ряд"},
        )
        yield Observed(code, product)


def make(path: Path, encoding: Encoding) -> None:
    """Write a file of ``SIZE_MB``; the writer is asked for offers until it is that long."""
    head = PackageHead(catalogue_id="c", classifier_id="k", owner_id="o", owner_name="Лавка")
    made_at = datetime(2026, 1, 1, tzinfo=UTC)
    options = WriteOptions(version="2.09", made_at=made_at, encoding=encoding)
    with path.open("wb") as target:

        def enough() -> Iterator[Observed[Product]]:
            for offer in offers():
                if target.tell() >= SIZE_MB * MEGABYTE:
                    return
                yield offer

        for piece in ProductWriter(_MAPPING, head, options).offers(enough()):
            target.write(piece)


def measure(path: Path) -> dict[str, float]:
    """Read one file. Units: MB (10^6 bytes), seconds of wall and CPU, MiB."""
    reader = CommerceMlReader(_MAPPING)
    idle_kib = _memory("VmRSS")
    cpu, started = time.process_time(), time.perf_counter()
    count = sum(isinstance(record, Observed) for record in reader.products(path))
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
    megabytes = path.stat().st_size / MEGABYTE
    return {
        "mb": megabytes,
        "offers": count,
        "mb_s": megabytes / wall_s,
        "cpu_s": cpu_s,
        "mib": (_memory("VmHWM") - idle_kib) / 1024,
    }


def _memory(name: str) -> int:
    """Return a line of this process's status. Units: KiB."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main() -> int:
    """Print one line for each file; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many runs counts")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure is not None:
        sys.stdout.write(json.dumps(measure(chosen.measure)))
        return 0
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for encoding in Encoding:
            path = Path(folder) / f"offers-{encoding}.xml"
            make(path, encoding)
            runs = [_alone(path) for _ in range(chosen.rounds)]
            best, mib = max(runs, key=lambda run: run["mb_s"]), max(run["mib"] for run in runs)
            missed = missed or best["mb_s"] < TARGET_MB_S or mib >= TARGET_MIB
            sys.stdout.write(
                f"{encoding}: {best['mb']:.0f} MB, {best['offers']:.0f} offers, "
                f"{best['mb_s']:.1f} MB/s ({best['cpu_s']:.2f} CPU s), "
                f"{mib:.1f} MiB above the idle process\n"
            )
    return int(missed)


def _alone(path: Path) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.commerceml", "--measure", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    sys.exit(main())
