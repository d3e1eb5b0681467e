package dev.samovar.core.optim;

/// What the first learning rate is multiplied by as time goes on, by the number of steps, or epochs, that are through.
public sealed interface RateSchedule {

    /// The factor after `done` of them.
    double factor(int done);

    /// Always 1.
    record Constant() implements RateSchedule {
        @Override
        public double factor(int done) {
            return 1;
        }
    }

    /// Times `gamma` after every `every`: `torch.optim.lr_scheduler.StepLR`.
    record Step(int every, double gamma) implements RateSchedule {
        @Override
        public double factor(int done) {
            int steps = done / every;
            return StrictMath.pow(gamma, steps);
        }
    }

    /// Down half a wave of the cosine, from 1 to `least` after `total`, and there it stays.
    record Cosine(int total, double least) implements RateSchedule {
        @Override
        public double factor(int done) {
            return least + (1 - least) * (1 + StrictMath.cos(Math.PI * Math.min(done, total) / total)) / 2;
        }
    }

    /// Up in a line over the first `over`, which take the rates 1/over, 2/over … 1, and from then on as `then` goes from its beginning.
    record WarmUp(int over, RateSchedule then) implements RateSchedule {
        @Override
        public double factor(int done) {
            return done < over ? (done + 1.0) / over : then.factor(done - over);
        }
    }
}
