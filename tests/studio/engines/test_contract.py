"""Each engine keeps the contract."""

from collections.abc import Callable

import pytest

from studio.engines.base import Engine
from studio.engines.fake import FakeEngine
from studio.engines.local import LocalEngine
from studio.engines.local.engine import DeviceEngine
from studio.job import Job, ModelRef
from tests.studio.engines.conftest import job_for
from tests.studio.engines.contract import EngineContract


class TestFakeEngine(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return FakeEngine()

    @pytest.fixture
    def ask(self) -> Callable[..., Job]:
        return job_for(ModelRef("fake", "fake", "fake"), 64)


class TestDeviceEngine(EngineContract):
    @pytest.fixture
    def engine(self, local_engine: DeviceEngine) -> Engine:
        return local_engine

    @pytest.fixture
    def ask(self, ask_tiny: Callable[..., Job]) -> Callable[..., Job]:
        return ask_tiny


class TestDeviceEngineWithControlNet(TestDeviceEngine):
    @pytest.fixture
    def ask(self, ask_tiny_control: Callable[..., Job]) -> Callable[..., Job]:
        return ask_tiny_control


class TestLocalEngine(TestDeviceEngine):
    """The same in a process of its own, as a worker uses it."""

    @pytest.fixture
    def engine(self, process_engine: LocalEngine) -> Engine:
        return process_engine
