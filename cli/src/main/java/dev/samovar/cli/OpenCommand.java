package dev.samovar.cli;

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.Sentence;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.sam.BuiltInSam;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.train.Run;
import dev.samovar.serve.Engine;
import dev.samovar.serve.SamovarServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/// `open`: the page.
@Command(name = "open", sortOptions = false, customSynopsis = "samovar open [FILE|FOLDER|RUN] [--weights FILE] [OPTIONS]",
        description = {
            "Opens a page in the browser to segment by clicking, to correct, to train on what was labelled, and to see how a run did.",
            "It serves only this machine, and contacts no other. Labels are saved in --out as they are made. Ctrl-C ends it."})
final class OpenCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Parameters(arity = "0..1", paramLabel = "FILE|FOLDER|RUN",
            description = "An image, a folder of images, a dataset, or the folder that train wrote.")
    private @Nullable Path path;

    @Option(names = "--weights", paramLabel = "FILE",
            description = "The SAM checkpoint: .pth, .safetensors, or a folder of transformers (default: a run's own checkpoint, otherwise mini, the small SAM that is built in).")
    private @Nullable Path weights;

    @Option(names = "--out", paramLabel = "DIR",
            description = "The folder for labels, runs and embeddings (default: samovar-work, beside the image or in the folder).")
    private @Nullable Path out;

    @Option(names = "--port", paramLabel = "N", description = "The port to listen on (default: any free port).")
    private int port;

    @Option(names = "--no-browser", description = "Print the address, but open no browser.")
    private boolean noBrowser;

    @Option(names = "--bind", paramLabel = "ADDR",
            description = "Also serve other machines, on this address of this machine (0.0.0.0 for all of them); needs --token. The connection is not encrypted.")
    private @Nullable String bind;

    @Option(names = "--token", paramLabel = "T", description = "What the address must contain (default: a random one).")
    private @Nullable String token;

    @Mixin
    private Unknown unknown = new Unknown();

    @Mixin
    private Compute compute = new Compute();

    @Override
    public void run() {
        compute.check();
        if (port < 0 || port > 65_535) throw Problem.input("--port " + port + ": it is a number from 0 to 65535");
        if (bind != null && token == null)
            throw Problem.input("--bind " + bind + ": other machines could connect; set with --token what they must know");
        if (path != null && !Files.exists(path)) throw Problem.input(path + ": there is no such file or folder");
        Path work = out != null ? out : work();
        Outputs.place(work);
        Path checkpoint = checkpoint();
        var settings = Problem.of(bind != null ? "--bind" : "--token", bind != null ? bind : String.valueOf(token),
                () -> new SamovarServer.Settings(path, work, bind, port, token, Main.version()));
        try (TensorFile file = unknown.open(checkpoint, main.console())) {
            Device device = compute.device(main.console());
            try (Sam sam = Sam.load(file, device)) {
                Compute.warnOfMemory(sam.config().encoderMemory(), device, main.console());
                serve(settings, new Engine(device, sam, Checkpoints.weights(checkpoint, file)));
            }
        }
    }

    /// The default of `--out`: beside an image, or in a folder.
    private Path work() {
        Path folder = Path.of("");
        if (path != null) {
            Path whole = path.toAbsolutePath().normalize(), parent = whole.getParent();
            folder = (Files.isDirectory(whole) && !Volumes.isSeries(whole)) || parent == null ? whole : parent;
        }
        return folder.resolve("samovar-work");
    }

    private Path checkpoint() {
        if (weights != null) return weights;
        if (path == null || !Files.isDirectory(path) || !Run.isRun(path)) return Path.of(BuiltInSam.NAME);
        Path its = Run.open(path).config().origin().weights();
        if (!Checkpoints.exists(its)) throw Workbench.missing(its, "checkpoint", "--weights");
        return its;
    }

    /// Serves until Ctrl-C.
    private void serve(SamovarServer.Settings settings, Engine engine) {
        CountDownLatch end = new CountDownLatch(1);
        try (SamovarServer server = SamovarServer.start(settings, engine, sentence -> main.console().warn("warning: " + sentence))) {
            main.console().atEnd(server::close);
            if (!server.leftOut().isEmpty())
                main.console()
                        .warn(Sentence.oneLine("warning: left out are links that lead out of the folder: " + String.join(", ", server.leftOut())));
            main.console().result(server.url() + "\n");
            main.console().say("work is kept in " + settings.out().toAbsolutePath().normalize() + "; Ctrl-C ends this");
            if (!noBrowser && !Browser.open(server.url())) main.console().say("no browser was found: open the address above in one");
            end.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
