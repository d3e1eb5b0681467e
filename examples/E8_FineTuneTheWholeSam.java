/// 8. Fine-tune the whole SAM on a folder of labelled volumes, as MedSAM did: image encoder and mask decoder, prompted with boxes. If it is interrupted,
///    the same command continues.
///
///     ./samovar example examples/E8_FineTuneTheWholeSam.java SAM DATA EPOCHS RUN
///
/// The last case of the folder is for the test, all others for training.

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.Progress;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.data.Dataset;
import dev.samovar.models.data.Split;
import dev.samovar.models.methods.MedSam;
import dev.samovar.models.metrics.Metric;
import dev.samovar.models.train.Augment;
import dev.samovar.models.train.EmbeddingCache;
import dev.samovar.models.train.Judge;
import dev.samovar.models.train.Preparation;
import dev.samovar.models.train.Preprocessing;
import dev.samovar.models.train.Run;
import dev.samovar.models.train.RunConfig;
import dev.samovar.models.train.Trainer;

void main(String[] args) {
    Path checkpoint = Path.of(args[0]), data = Path.of(args[1]), folder = Path.of(args[3]), cache = folder.resolveSibling("cache");
    Device device = Device.cpu();
    try (var file = Checkpoints.open(checkpoint)) {
        var weights = Checkpoints.weights(checkpoint, file);
        var dataset = Dataset.open(data);
        List<String> names = dataset.cases().stream().map(one -> one.name()).toList();
        var split = new Split(names.subList(0, names.size() - 1), List.of(), names.subList(names.size() - 1, names.size()));

        var method = new MedSam();                                                 // or new Adapter(1, Adapter.Form.SAM), new Lora(4, 0), new Decoder()
        var usual = method.defaults();
        var preparation = new Preparation(Preprocessing.of(usual.preprocessing()), weights.config().imageSize(), false, new Augment.None());
        var schedule = RunConfig.Schedule.of(usual, Integer.parseInt(args[2]), 1, 1);
        var origin = new RunConfig.Origin(data, dataset.reading(), checkpoint, false, weights.sha256(), device.toString(), cache);
        var config = new RunConfig(method, dataset.classNames(), preparation, schedule, origin);

        Run run = Run.isRun(folder) ? Run.open(folder) : Run.create(folder, config, split);
        var embeddings = new EmbeddingCache(cache, weights, preparation, device, Progress.silent());       // stays empty: no part of the encoder is frozen
        try (var trainer = new Trainer(run, weights, dataset, embeddings, device, told())) {
            trainer.run();
        }
        var scores = Judge.judge(run, Run.Which.LAST, dataset, weights, embeddings, device, Progress.silent());
        IO.println("Dice, prompted with boxes around the truth: " + (float) scores.mean(Metric.DICE));
    }
}

/// A line after every epoch.
Progress told() {
    return new Progress() {
        @Override
        public void begin(String what, int steps) {}

        @Override
        public void done(int steps, String note) {
            if (note.startsWith("loss")) IO.println("epoch " + steps + ": " + note);
        }
    };
}
