package dev.samovar.imagej;

import dev.samovar.core.tensor.Watch;
import dev.samovar.models.sam.AutomaticMaskGenerator;
import ij.IJ;
import ij.ImagePlus;
import ij.Prefs;
import ij.WindowManager;
import ij.gui.GenericDialog;
import ij.gui.Roi;
import ij.plugin.frame.RoiManager;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The commands of the menu, with their windows, dialogs and progress. [Segmentation] does the computing.
public final class Commands {
    private static final String CHECKPOINT = "samovar.checkpoint", MEDSAM = "samovar.medsam";

    private static @Nullable Segmentation loaded;

    private Commands() {}

    /// Runs the command with this name: `selection`, `everything`, `propagate` or `checkpoint`.
    public static synchronized void run(String command) {
        switch (command) {
            case "checkpoint" -> chooseCheckpoint();
            case "selection" -> segment(image -> loaded().selection(image));
            case "everything" -> everything();
            case "propagate" -> segment(image -> loaded().propagate(image));
            default -> IJ.error("Samovar", "there is no command " + command);
        }
    }

    /// Asks for the settings, and finds everything. A macro gives `points=`, `predicted=` and `stability=`.
    private static void everything() {
        if (WindowManager.getCurrentImage() == null) {
            IJ.noImage();
            return;
        }
        AutomaticMaskGenerator.Settings usual = Segmentation.settings(Prefs.get(CHECKPOINT, "").isEmpty());
        GenericDialog dialog = new GenericDialog("Segment Everything");
        dialog.addNumericField("Points along a side", usual.pointsPerSide(), 0);
        dialog.addNumericField("Predicted IoU at least", usual.predIouThresh(), 2);
        dialog.addNumericField("Stability at least", usual.stabilityScoreThresh(), 2);
        dialog.showDialog();
        if (dialog.wasCanceled()) return;
        int points = (int) dialog.getNextNumber();
        double predicted = dialog.getNextNumber(), stability = dialog.getNextNumber();
        segment(image -> loaded().everything(image, usual.withPoints(points).withThresholds(predicted, stability)));
    }

    /// Computes regions and hands them to the ROI Manager. Escape ends the work.
    private static void segment(Function<ImagePlus, List<Roi>> command) {
        ImagePlus image = WindowManager.getCurrentImage();
        if (image == null) {
            IJ.noImage();
            return;
        }
        IJ.resetEscape();
        Watch[] watch = new Watch[1];
        watch[0] = new Watch((stage, done, all) -> {
            IJ.showStatus("Samovar: " + stage + " " + done + " of " + all + " (Esc ends it)");
            IJ.showProgress(done, all);
            if (IJ.escapePressed()) watch[0].cancel();
        });
        try {
            List<Roi> found = watch[0].call(() -> command.apply(image));
            RoiManager manager = RoiManager.getRoiManager();
            for (Roi roi : found) {
                roi.setName(free(manager, roi.getName()));
                manager.addRoi(roi);
            }
            if (found.size() == 1) image.setRoi(found.getFirst());
            IJ.showStatus("Samovar: " + (found.isEmpty()
                    ? "nothing was found"
                    : found.size() == 1 ? "1 region" : found.size() + " regions"));
        } catch (CancellationException _) {
            IJ.showStatus("Samovar: ended");
        } catch (OutOfMemoryError _) {
            IJ.error("Samovar", "The memory was not enough. Give ImageJ more: java -Xmx8g …, or Edit > Options > Memory & Threads");
        } catch (RuntimeException e) {
            IJ.error("Samovar", String.valueOf(e.getMessage()));
        } finally {
            IJ.showProgress(1);
        }
    }

    /// A name that no region in the manager has: the given one, perhaps with a number.
    private static String free(RoiManager manager, String name) {
        String free = name;
        for (int n = 2; manager.getIndex(free) >= 0; n++) free = name + " " + n;
        return free;
    }

    /// The model that was chosen, loaded once.
    private static Segmentation loaded() {
        String chosen = Prefs.get(CHECKPOINT, "");
        Segmentation now = loaded;
        boolean medSam = !chosen.isEmpty() && Prefs.get(MEDSAM, false);
        if (now == null || !now.name().equals(chosen) || now.isMedSam() != medSam) {
            if (now != null) now.close();
            loaded = null;
            IJ.showStatus("Samovar: loading " + (chosen.isEmpty() ? "the built-in model" : chosen));
            now = chosen.isEmpty() ? Segmentation.builtIn() : Segmentation.of(Path.of(chosen), medSam);
            loaded = now;
        }
        return now;
    }

    private static void chooseCheckpoint() {
        GenericDialog dialog = new GenericDialog("Samovar");
        dialog.addMessage(
                "A checkpoint of SAM, MedSAM, MobileSAM or LiteMedSAM (.pth, .pt, .safetensors).\nEmpty: the small built-in model, to try things out with.");
        dialog.addFileField("Checkpoint", Prefs.get(CHECKPOINT, ""), 40);
        dialog.addCheckbox("It is MedSAM's (whose pictures are stretched to a square)", Prefs.get(MEDSAM, false));
        dialog.showDialog();
        if (dialog.wasCanceled()) return;
        Prefs.set(CHECKPOINT, dialog.getNextString().strip());
        Prefs.set(MEDSAM, dialog.getNextBoolean());
    }
}
