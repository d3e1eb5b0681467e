package dev.samovar.cli.report;

import dev.samovar.imaging.format.Pictures;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.pretrain.HeldOut;
import dev.samovar.models.pretrain.PretrainRun;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.scenes.Mixture;
import dev.samovar.models.scenes.Scene;
import dev.samovar.models.view.MaskOverlay;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// A page about a SAM that was trained from scratch: its scores on scenes that it never saw, its masks, the curves of its training, and all settings.
public final class PretrainReport {
    private static final int SHOWN = 3, GAP = 4;                                   // scenes of each source; pixels between pictures

    private PretrainReport() {}

    /// The page.
    ///
    /// @param table a header and a line for each network and source
    /// @param predictor of the network
    /// @param sources what is shown
    /// @param side of scenes, in pixels
    public static String html(PretrainRun run, List<List<String>> table, SamPredictor predictor, Mixture sources, int side) {
        List<Html> pictures = new ArrayList<>();
        for (Mixture.Part part : sources.parts()) for (int i = 0; i < SHOWN; i++) {
            String what = part.source().describe() + ", scene " + i;
            byte[] png = Pictures.png(drawn(predictor, HeldOut.scene(part.source(), i, side)));
            pictures.add(Html.tag("figure", Html.picture(png, what), Html.tag("figcaption", what)));
        }
        String steps = run.config().recipe().steps() + " steps of " + run.config().recipe().pictures() + " pictures";
        Html header = Html.tag("header", Html.tag("p", "Samovar report").with("class", "eyebrow"), Html.tag("h1", "A SAM from nothing"), Html
                .tag("p", "A promptable network, " + run.config().sam().encoder().describe() + ", trained for " + steps + ".").with("class", "lede"));
        Html scores = Html.tag("section", Html.tag("h2", "Scenes that it never saw"), Scores.lines(table), Html.tag("p",
                "Mean IoU with the true mask, at the picture’s size. A click is the pixel of a thing that is farthest from its edge; a correction the one "
                        + "farthest inside what is wrong; the box is tight. r is Pearson’s correlation of the predicted with the true IoU.")
                .with("class", "note"));
        return Page.of("A SAM from nothing", Html.tag("main", header, scores, Html.tag("section", Html.tag("h2", "Masks"),
                Html.tag("p", "From the left: the things asked for; one click each, the mask that the network thinks best; the tight box of each.")
                        .with("class", "note"),
                Html.all(pictures)), Html.tag("section", Html.tag("h2", "Training"), curves(run)),
                Html.tag("section", Html.tag("h2", "Settings"), Outline.of(run.config().json())).with("class", "settings"),
                Html.tag("footer", "Made by Samovar. For trying, teaching and tests; not a medical device.")));
    }

    private static Html curves(PretrainRun run) {
        PretrainLog log = PretrainLog.read(run.log());
        return Html.tag("div", Curves.figure(List.of(log.line("loss, 20 · focal + Dice + judgement", PretrainLog.Step::loss)), false,
                "Loss by step. Lower is better."),
                Curves.figure(List.of(log.line("first click or box", PretrainLog.Step::firstIou),
                        log.line("after the last correction", PretrainLog.Step::lastIou)),
                        false,
                        "IoU by step with things that were asked for in training, on the grid of low-resolution masks. No scene comes twice."))
                .with("class", "curves");
    }

    private static BufferedImage drawn(SamPredictor predictor, Scene scene) {
        EmbeddedImage image = predictor.embed(scene.picture());
        int h = scene.picture().height(), w = scene.picture().width();
        var all = new BufferedImage(3 * w + 2 * GAP, h, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = all.createGraphics();
        g.drawImage(overlay(scene, scene.things()), 0, 0, null);
        g.drawImage(overlay(scene, answers(predictor, image, scene, t -> new Prompt.Points(List.of(HeldOut.click(t))))), w + GAP, 0, null);
        g.drawImage(overlay(scene, answers(predictor, image, scene, Prompt.Box::around)), 2 * (w + GAP), 0, null);
        g.dispose();
        return all;
    }

    private static List<Mask> answers(SamPredictor predictor, EmbeddedImage image, Scene scene, Function<Mask, Prompt> how) {
        return scene.things().stream().map(thing -> predictor.best(image, how.apply(thing)).mask()).toList();
    }

    private static BufferedImage overlay(Scene scene, List<Mask> masks) {
        return MaskOverlay.of(scene.picture(), masks.stream().map(Rle::of).toList());
    }
}
