package dev.samovar.models.heads;

import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The training of the three heads at the paper's size against the reference implementation, for any device.
public abstract class FullSizeHeadGoldens {
    /// Of the losses of each step and those after it; from the third on the reference itself varies between runs.
    private static final double[] TOLERANCES = {1e-5, 1e-5, 1e-2};

    /// For subclasses.
    protected FullSizeHeadGoldens() {}

    /// Where they are trained.
    protected abstract Device device();

    /// Called first: a device that would take too long skips the head here.
    protected void begin(String kind) {}

    @ParameterizedTest
    @ValueSource(strings = {"vit", "cnn", "linear"})
    void fourStepsOfTrainingAtFullSizeFollowTheReference(String kind) {
        begin(kind);
        Device device = device();
        try (var fixture = HeadFixture.open("full", kind); Params p = fixture.params(device)) {
            HeadGoldens.follow(fixture, p, device, TOLERANCES);
        }
    }
}
