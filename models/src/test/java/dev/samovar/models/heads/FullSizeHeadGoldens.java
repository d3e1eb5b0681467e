package dev.samovar.models.heads;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares the training of the three heads at the paper's size with the reference implementation, on any device.
public abstract class FullSizeHeadGoldens {
    protected FullSizeHeadGoldens() {}

    /// The device on which they are trained.
    protected abstract Device device();

    /// See [HeadGoldens#tolerance].
    protected double tolerance() {
        return 1;
    }

    /// Called first: a device that would take too long skips the head here.
    protected void begin(String kind) {}

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn", "linear"})
    void fourStepsOfTrainingAtFullSizeFollowTheReference(String kind) {
        begin(kind);
        Device device = device();
        try (var fixture = HeadFixture.open("full", kind); Params p = fixture.params(device)) {
            double first = 1e-5 * tolerance();
            HeadGoldens.follow(fixture, p, device, Integer.MAX_VALUE, new double[]{first, first, 1e-2});          // from the third step on the reference itself varies between runs
        }
    }
}
