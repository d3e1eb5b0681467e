/// 11. Everything in a picture, reported step by step, and cancelled if it takes too long.
///
///     ./samovar example examples/E11_FollowAndCancel.java SAM PICTURE SECONDS

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Watch;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.sam.AutomaticMaskGenerator;
import dev.samovar.models.sam.AutomaticMaskGenerator.Settings;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

void main(String[] args) {
    segment(Path.of(args[0]), Path.of(args[1]), Duration.ofMillis(Math.round(1000 * Double.parseDouble(args[2]))));
}

// README: begin
void segment(Path weights, Path picture, Duration longest) {
    var watch = new Watch((stage, done, all) -> IO.println(stage + ": " + done + " of " + all));
    try (var timer = Executors.newSingleThreadScheduledExecutor(); var file = Checkpoints.open(weights); var sam = Sam.load(file, Device.cpu())) {
        timer.schedule(watch::cancel, longest.toMillis(), TimeUnit.MILLISECONDS);
        var found = watch.call(() -> new AutomaticMaskGenerator(new SamPredictor(sam), Settings.defaults()).generate(PictureFile.read(picture)));
        for (var thing : found) IO.println(thing.box() + ", predicted IoU " + thing.predictedIou());
        timer.shutdownNow();
    } catch (CancellationException e) {
        IO.println(e.getMessage());
    }
}
// README: end
