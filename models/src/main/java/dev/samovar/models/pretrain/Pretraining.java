package dev.samovar.models.pretrain;

import dev.samovar.core.io.AtomicFile;
import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Progress;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.nn.Random;
import dev.samovar.core.optim.RateSchedule;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.scenes.Scene;
import dev.samovar.models.scenes.SceneSource;
import dev.samovar.models.train.Moments;
import dev.samovar.models.train.ReadAhead;
import dev.samovar.models.train.RunFolder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Trains a whole promptable SAM, from scratch or from the weights of another, on pictures that are generated or read during training.
///
/// The same seed gives the same bytes in the checkpoint and in the log, whether training ran without interruption or was cut short, at any moment,
/// and resumed.
public final class Pretraining implements AutoCloseable {
    private static final int TRIES = 1000;
    private static final String HEADER = "step,learning_rate,loss,focal,dice,iou_error,first_iou,last_iou\n";

    private final PretrainRun run;
    private final Recipe recipe;
    private final Progress progress;
    private final RunFolder.Lock lock;
    private final SceneSource scenes;
    private final Params params;
    private final PretrainingStep step;
    private final LayerRates optimizer;
    private final RateSchedule schedule;
    private PretrainState state;

    /// Makes the network with its initial weights, or as it was when the run was cut short.
    ///
    /// @throws FormatException if a source has nothing to learn from or has changed, or another process is training this run
    public Pretraining(PretrainRun run, Device device, Progress progress) {
        this.run = run;
        this.progress = progress;
        recipe = run.config().recipe();
        schedule = recipe.schedule();
        scenes = run.config().sources().mixture(false);
        lock = run.lock();
        AtomicFile.sweep(run.folder());
        boolean resumed = Files.exists(run.checkpoint());
        try (TensorFile file = resumed ? Safetensors.openSealed(run.checkpoint()) : start()) {
            params = Params.load(file, device);
            step = new PretrainingStep(new Sam(params, run.config().sam()), params);
            optimizer = new LayerRates(params.trainable(), run.config().sam().vit().depth(), recipe);
            state = resumed ? PretrainState.of(file) : new PretrainState(0, HEADER, "step,seconds\n");
            if (resumed) optimizer.restore(state.step(), Moments.of(file, optimizer.moments()));
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private TensorFile start() {
        return Files.exists(run.start()) ? Safetensors.open(run.start()) : Start.of(run.config().sam(), recipe.seed());
    }

    /// The number of parameters that learn.
    public long parameters() {
        return Params.count(params.trainable());
    }

    /// The last finished step; 0 at the beginning.
    public int step() {
        return state.step();
    }

    /// Trains to the last step, and writes checkpoints, the log and the network as it goes.
    public void run() {
        int from = state.step(), left = recipe.steps() - from;
        progress.begin("pretraining", left);
        Means means = new Means();
        long start = System.nanoTime();
        try (var ahead = new ReadAhead<>(left, n -> examples(from + n + 1), true)) {
            for (int n = from + 1; n <= recipe.steps(); n++) {
                double rate = recipe.learningRate() * schedule.factor(n - 1);
                means.add(learn(ahead.next(), n, rate));
                progress.done(n - from, means.note());
                if (n % run.config().every() != 0 && n != recipe.steps()) continue;
                String time = String.format(Locale.ROOT, "%d,%.3f%n", n, (System.nanoTime() - start) * 1e-9);
                state = new PretrainState(n, state.log() + n + "," + number(rate) + means.line() + "\n", state.timings() + time);
                state.write(run.checkpoint(), params, optimizer);                  // from here on these steps are finished
                write();
                means = new Means();
                start = System.nanoTime();
            }
        }
        write();                                                                   // again, because a run that was cut short after a checkpoint may lack it
    }

    private PretrainingStep.Result learn(List<PretrainingStep.Example> examples, int number, double rate) {
        try (var _ = Scope.open()) {
            optimizer.rate(rate);
            var result = step.of(examples, rounds(new Random(recipe.seed(), "rounds of step " + number)), recipe.focalShare(number));
            optimizer.step(result.gradients().clip(recipe.clip()));
            return result;
        }
    }

    /// For each round after the first, whether it brings a correction. The number of corrections is drawn; of the rounds without one, the first is at
    /// a random place, the others are at the end.
    private List<Boolean> rounds(Random random) {
        List<Boolean> rounds = new ArrayList<>();
        int clicks = 1 + random.below(recipe.clicks());
        for (int i = 0; i < clicks; i++) rounds.add(true);
        for (int i = 0; i < recipe.repeats(); i++) rounds.add(i == 0 ? random.below(clicks + 1) : rounds.size(), false);
        return rounds;
    }

    /// The pictures of a step, each from its own random stream; a picture without a thing is drawn again.
    private List<PretrainingStep.Example> examples(int number) {
        var sam = run.config().sam();
        int side = 4 * sam.grid();
        List<PretrainingStep.Example> examples = new ArrayList<>();
        for (int i = 0; i < recipe.pictures(); i++) {
            String name = "picture " + i + " of step " + number;
            Random random = new Random(recipe.seed(), name);
            Scene scene;
            List<Thing> things;
            int tries = 0;
            do {
                scene = scenes.draw(random, sam.imageSize());
                things = Thing.of(scene, recipe.things(), side, sam.imageSize() / side, random);
                if (tries++ == TRIES)
                    throw new FormatException(scenes.describe() + ": none of " + TRIES + " pictures has a thing that is large enough");
            } while (things.isEmpty());
            List<Random> draws = new ArrayList<>();
            for (int k = 0; k < things.size(); k++) draws.add(new Random(recipe.seed(), "thing " + k + " of " + name));
            examples.add(new PretrainingStep.Example(scene.picture(), things, draws));
        }
        return examples;
    }

    private void write() {
        AtomicFile.write(run.log(), state.log());
        AtomicFile.write(run.timings(), state.timings());
        params.save(run.sam(), metadata());
    }

    private Map<String, String> metadata() {
        Map<String, String> metadata = new TreeMap<>(run.config().sam().metadata());
        metadata.putAll(Map.of("made by", "samovar pretrain", "steps", Integer.toString(state.step()), "seed", Long.toString(recipe.seed()),
                "pictures", scenes.describe()));
        return metadata;
    }

    private static String number(double x) {
        return String.format(Locale.ROOT, "%.6g", x);
    }

    @Override
    public void close() {
        optimizer.close();
        params.close();
        lock.close();
    }

    /// Means over the steps since the last line of the log.
    private static final class Means {
        private final double[] sums = new double[6];
        private int steps;

        void add(PretrainingStep.Result r) {
            double[] now = {r.loss(), r.focal(), r.dice(), r.judgement(), r.firstIou(), r.lastIou()};
            for (int i = 0; i < now.length; i++) sums[i] += now[i];
            steps++;
        }

        String line() {
            StringBuilder line = new StringBuilder();
            for (double sum : sums) line.append(',').append(number(sum / steps));
            return line.toString();
        }

        String note() {
            return String.format(Locale.ROOT, "loss %.3f, IoU %.3f, corrected %.3f", sums[0] / steps, sums[4] / steps, sums[5] / steps);
        }
    }
}
