/// 10. Which prompt finds an object best? One picture, one true mask, and SAM prompted in several ways, with the protocols of two evaluation papers.
///
///     ./samovar example examples/E10_StudyPrompts.java SAM PICTURE TRUTH.png
///
/// TRUTH is a picture of labels, in which class 1 is the object. For each prompt, the program prints the Dice of the mask that SAM rates best, and of the
/// mask that an oracle would choose.

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.nn.Random;
import dev.samovar.core.tensor.Device;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.mask.Mask;
import dev.samovar.models.metrics.Counts;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import dev.samovar.models.study.Asked;
import dev.samovar.models.study.ObjectProperties;
import dev.samovar.models.study.PromptRules;
import dev.samovar.models.study.PromptUncertainty;

void main(String[] args) {
    var picture = PictureFile.read(Path.of(args[1]));
    var labels = Volumes.readLabels(Path.of(args[2]));
    Mask truth = Mask.of(1, labels.geometry().ny(), labels.geometry().nx(), labels.classes());
    IO.println("the thing: " + ObjectProperties.of(truth, picture));
    try (var checkpoint = Checkpoints.open(Path.of(args[0])); var sam = Sam.load(checkpoint, Device.cpu())) {
        var predictor = new SamPredictor(sam);
        var image = predictor.embed(picture);                                      // slow; the prompts after it are fast
        Asked asked = Asked.of(predictor, image);
        var centre = PromptRules.centre(truth, new Random(1));                     // the pixel that is farthest from the edge
        tell("a click", asked.ask(Prompt.click(centre.x(), centre.y()), true), truth);
        tell("a box", asked.ask(Prompt.Box.around(truth), true), truth);
        click(asked, centre, truth);
        var moved = PromptUncertainty.of(predictor, image, Prompt.Box.around(truth), new PromptUncertainty.Jitter(8, 5, 1), "box");
        IO.println("eight boxes, moved by up to 5 pixels, differ by " + moved.answers().disagreement());
    }
}

void tell(String prompt, List<Candidate> answers, Mask truth) {
    var best = answers.stream().max(Comparator.comparingDouble(Candidate::iou)).orElseThrow();
    double oracle = answers.stream().mapToDouble(answer -> dice(answer, truth)).max().orElse(0);
    IO.println(prompt + ": Dice " + dice(best, truth) + " of the mask thought best, " + oracle + " of the really best one");
}

/// Up to five clicks, each where the previous mask was wrong.
void click(Asked asked, PromptRules.Pixel centre, Mask truth) {
    var points = new ArrayList<>(List.of(new Prompt.Point(centre.x(), centre.y(), Prompt.Point.FOREGROUND)));
    for (int clicks = 1; clicks <= 5; clicks++) {
        var answer = asked.ask(new Prompt.Points(points), true).getFirst();
        IO.println(clicks + " clicks: Dice " + dice(answer, truth));
        var next = PromptRules.correction(answer.mask(), truth, new Random(clicks));
        if (next == null) return;                                                  // the mask has no errors left
        points.add(next);
    }
}

double dice(Candidate answer, Mask truth) {
    return Counts.of(answer.mask(), truth).dice();
}
