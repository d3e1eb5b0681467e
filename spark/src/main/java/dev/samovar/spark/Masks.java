package dev.samovar.spark;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.FormatException;
import dev.samovar.imaging.Intensity;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.Slices;
import dev.samovar.imaging.dicom.DicomSeries;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.ShownVolume;
import dev.samovar.imaging.format.StoredPicture;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.medsam.LiteMedSamFraming;
import dev.samovar.models.sam.AutomaticMaskGenerator;
import dev.samovar.models.sam.AutomaticMaskGenerator.Settings;
import dev.samovar.models.sam.MaskRecord;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Finds everything in every picture of a data set, as `samovar masks` does: a Parquet file for each item, a row for each mask.
/// `spark.read().parquet(DIR)` reads them all.
@Command(name = "masks", sortOptions = false,
        customSynopsis = "samovar-spark masks (--input PATTERN | --manifest FILE) --weights FILE --out DIR [OPTIONS]",
        description = "Finds everything in pictures, and in all slices of volumes, by clicking on a grid of points. Writes a Parquet file for each item, with a row for each mask.")
public final class Masks extends Job {
    private static final Settings DEFAULTS = Settings.defaults();

    /// The columns: boxes are left column, upper row, width and height; the mask is COCO's text of its runs.
    private static final String ROW = """
            message mask {
              required binary image (STRING);
              optional int32 slice;
              required int32 id;
              required int32 height;
              required int32 width;
              required binary rle (STRING);
              required int32 area;
              required int32 x;
              required int32 y;
              required int32 w;
              required int32 h;
              required float predicted_iou;
              required float stability_score;
              required double point_x;
              required double point_y;
            }""";

    @Mixin
    private SourceOptions source = new SourceOptions();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(names = "--out", required = true, paramLabel = "DIR",
            description = "The folder for the Parquet files. Any path that Hadoop reaches.")
    private String out = "";

    @Option(names = "--points-per-side", paramLabel = "N", description = "Points along a side of the grid (default: ${DEFAULT-VALUE}).")
    private int pointsPerSide = DEFAULTS.pointsPerSide();

    @Option(names = "--pred-iou-thresh", paramLabel = "IOU",
            description = "Masks must have a predicted IoU above this (default: ${DEFAULT-VALUE}).")
    private double predIouThresh = DEFAULTS.predIouThresh();

    @Option(names = "--stability-score-thresh", paramLabel = "SCORE",
            description = "Masks must be this stable (default: ${DEFAULT-VALUE}).")
    private double stabilityScoreThresh = DEFAULTS.stabilityScoreThresh();

    @Option(names = "--box-nms-thresh", paramLabel = "IOU",
            description = "Of two masks whose boxes overlap more than this, the better one is kept (default: ${DEFAULT-VALUE}).")
    private double boxNmsThresh = DEFAULTS.boxNmsThresh();

    @Option(names = "--min-mask-region-area", paramLabel = "PIXELS",
            description = "Fill smaller holes and remove smaller islands (default: ${DEFAULT-VALUE}).")
    private int minMaskRegionArea = DEFAULTS.minMaskRegionArea();

    @Option(names = "--intensity", paramLabel = "HOW",
            description = "How numbers become brightness, as for the command line's masks (default: auto).")
    private @Nullable String intensity;

    /// For programs, which give the options directly.
    public Masks() {}

    /// For `spark-submit`.
    public static void main(String[] args) {
        Job.main(new Masks(), args);
    }

    /// For programs: takes the same options.
    ///
    /// @throws Refusal if an option is wrong, or an executor cannot be used
    public static Report run(SparkSession spark, String... options) {
        return run(new Masks(), spark, options);
    }

    @Override
    Report run(SparkSession spark, Consumer<String> say) throws IOException {
        Runner runner = runner(spark, say);
        Storage storage = runner.storage();
        Runner.Needs needs = model.needs(storage);
        var asked = new Asked(pointsPerSide, predIouThresh, stabilityScoreThresh, boxNmsThresh, minMaskRegionArea);
        asked.settings();                                                          // reports wrong ones before anything begins
        if (intensity != null) Intensity.of(intensity);
        SourceOptions.Found found = source.find(spark, storage);
        String folder = storage.absolute(out);
        storage.make(folder);
        var work = new Finding(requireNonNull(needs.model()), asked, intensity, source.frame(), source.channels(), folder);
        return runner.run("masks", found.items(), needs, work).with(out + "\n");
    }

    /// The settings that can be asked for.
    private record Asked(int pointsPerSide, double predIouThresh, double stabilityScoreThresh, double boxNmsThresh,
            int minMaskRegionArea) implements Serializable {
        Settings settings() {
            return new Settings(pointsPerSide, DEFAULTS.pointsPerBatch(), predIouThresh, stabilityScoreThresh, DEFAULTS.stabilityScoreOffset(),
                    boxNmsThresh, DEFAULTS.cropNLayers(), DEFAULTS.cropNmsThresh(), DEFAULTS.cropOverlapRatio(),
                    DEFAULTS.cropNPointsDownscaleFactor(), null, minMaskRegionArea);
        }
    }

    private record Finding(Engine.Model model, Asked asked, @Nullable String intensity, @Nullable Integer frame, List<Integer> channels,
            String out) implements Runner.Work {

        @Override
        public Outcome of(Item item, Desk desk) throws IOException {
            Engine engine = desk.engine(model);
            if (item.images().size() > 1)
                throw new FormatException(item.name() + ": it has " + item.images().size() + " files, one for each channel, and masks are found in "
                        + "one file; name that in a manifest");
            Path file = desk.fetch(item.images().getFirst());
            String key = Keys.of(List.of("masks-1", engine.weights().sha256(), engine.device().toString(), asked.toString(), intensity + " "
                    + frame
                    + " " + channels), List.of(file)), name = item.name() + "-" + key.substring(0, 16) + ".parquet";
            if (desk.storage().exists(Storage.in(out, name))) return Outcome.there(item);
            Sam sam = engine.sam();
            var generator = new AutomaticMaskGenerator(new SamPredictor(sam, LiteMedSamFraming.orSams(sam.config())), asked.settings());
            List<String> remarks = new ArrayList<>();
            List<Picture> pictures = new ArrayList<>();
            boolean volume = DicomSeries.is(file) || !PictureFile.isPicture(file);
            if (volume) pictures.addAll(slices(file, remarks));
            else pictures.add(picture(file));
            MessageType row = MessageTypeParser.parseMessageType(ROW);
            Path made = desk.folder().resolve(name);
            try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(made)).withType(row)
                    .withCompressionCodec(CompressionCodecName.SNAPPY).build()) {
                var rows = new SimpleGroupFactory(row);
                for (int slice = 0; slice < pictures.size(); slice++) {
                    int id = 0;
                    for (MaskRecord mask : generator.generate(pictures.get(slice)))
                        writer.write(row(rows.newGroup(), item.name(), volume ? slice : -1, id++, mask));
                }
            }
            desk.storage().put(made, out);
            return Outcome.done(item, pictures.size(), remarks, null);
        }

        private static Group row(Group row, String image, int slice, int id, MaskRecord mask) {
            row.append("image", image);
            if (slice >= 0) row.append("slice", slice);
            return row.append("id", id).append("height", mask.segmentation().height()).append("width", mask.segmentation().width())
                    .append("rle", mask.segmentation().coco()).append("area", mask.area()).append("x", mask.box().x0()).append("y", mask.box().y0())
                    .append("w", mask.box().width()).append("h", mask.box().height()).append("predicted_iou", mask.predictedIou())
                    .append("stability_score", mask.stabilityScore()).append("point_x", mask.point().x()).append("point_y", mask.point().y());
        }

        private Picture picture(Path file) {
            Intensity how = Intensity.of(intensity == null ? "auto" : intensity);
            StoredPicture.Shown shown = PictureFile.open(file, null, stored -> stored.shown(how, channels.isEmpty() ? null : channels));
            return shown.picture();
        }

        private List<Picture> slices(Path file, List<String> remarks) {
            List<Integer> chosen = channels.isEmpty() ? null : channels;
            ShownVolume shown = ShownVolume.read(file, () -> chosen == null
                    ? Volumes.read(file, frame)
                    : Volumes.readChannels(file, chosen),
                    intensity == null ? null : Intensity.of(intensity), chosen);
            remarks.addAll(shown.volume().remarks());
            Slices slices = Slices.of(shown.volume().geometry());
            List<Picture> pictures = new ArrayList<>();
            for (int s = 0; s < slices.count(); s++) pictures.add(slices.cut(shown.volume(), s));
            return pictures;
        }
    }
}
