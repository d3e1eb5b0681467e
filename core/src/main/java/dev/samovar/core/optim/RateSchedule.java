package dev.samovar.core.optim;

/// The factor by which the initial learning rate is multiplied, depending on the number of finished steps or epochs.
public sealed interface RateSchedule {

    /// The factor after `done` steps or epochs.
    double factor(int done);

    /// Always 1.
    record Constant() implements RateSchedule {
        @Override
        public double factor(int done) {
            return 1;
        }
    }

    /// Multiplied by `gamma` after each `every` of them: `torch.optim.lr_scheduler.StepLR`.
    record Step(int every, double gamma) implements RateSchedule {
        @Override
        public double factor(int done) {
            int steps = done / every;
            return StrictMath.pow(gamma, steps);
        }
    }

    /// Falls along half a period of the cosine, from 1 to `least` after `total` of them, and stays there.
    record Cosine(int total, double least) implements RateSchedule {
        @Override
        public double factor(int done) {
            return least + (1 - least) * (1 + StrictMath.cos(Math.PI * Math.min(done, total) / total)) / 2;
        }
    }

    /// Rises linearly over the first `over` of them, with the factors 1/over, 2/over … 1, and then follows `then` from its beginning.
    record WarmUp(int over, RateSchedule then) implements RateSchedule {
        @Override
        public double factor(int done) {
            return done < over ? (done + 1.0) / over : then.factor(done - over);
        }
    }
}
