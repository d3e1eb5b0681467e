package dev.samovar.spark;

import static java.util.Objects.requireNonNull;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.tensor.Scope;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Picture;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.imaging.format.Volumes;
import dev.samovar.models.mask.Rle;
import dev.samovar.models.medsam.LiteMedSamFraming;
import dev.samovar.models.metrics.CaseScores;
import dev.samovar.models.sam.Candidate;
import dev.samovar.models.sam.EmbeddedImage;
import dev.samovar.models.sam.Prompt;
import dev.samovar.models.sam.PromptException;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamPredictor;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/// SAM as functions of columns. Files come as binary, as `spark.read().format("binaryFile")` gives them.
///
///     var samovar = Samovar.of(spark, "hdfs://cluster/models/sam_vit_b.safetensors");
///     frame.select(col("path"), samovar.segment(col("content"), col("points"), col("boxes")).as("found"))
///
/// A wrong file does not fail the job: the field `error` of its result holds the message, and is null if all is well. A null stays null.
public final class Samovar implements Serializable {
    private static final long serialVersionUID = 1L;

    /// A point of a prompt, in pixels: label 1 is on the object, 0 beside it. The order of the fields does not matter.
    public static final StructType POINT = new StructType().add("x", DataTypes.DoubleType, false).add("y", DataTypes.DoubleType, false).add("label",
            DataTypes.IntegerType, false);

    /// A box of a prompt: its upper left and its lower right corner, in pixels. The order of the fields does not matter.
    public static final StructType BOX = new StructType().add("x0", DataTypes.DoubleType, false).add("y0", DataTypes.DoubleType, false)
            .add("x1", DataTypes.DoubleType, false).add("y1", DataTypes.DoubleType, false);

    /// The result of [#encode]: the picture's size, and the embedding `(channels, grid, grid)`, row by row.
    public static final StructType EMBEDDING = new StructType().add("height", DataTypes.IntegerType).add("width", DataTypes.IntegerType)
            .add("channels", DataTypes.IntegerType).add("grid", DataTypes.IntegerType)
            .add("embedding", DataTypes.createArrayType(DataTypes.FloatType, false)).add("error", DataTypes.StringType);

    /// A mask: COCO's text of its runs, and the IoU that SAM predicts for it.
    public static final StructType MASK = new StructType().add("height", DataTypes.IntegerType, false).add("width", DataTypes.IntegerType,
            false).add("rle", DataTypes.StringType, false).add("predicted_iou", DataTypes.FloatType, false);

    /// The result of [#segment]: a mask for each box, or one for the points.
    public static final StructType SEGMENTS = new StructType().add("masks", DataTypes.createArrayType(MASK, false)).add("error",
            DataTypes.StringType);

    /// The result of [#dice]: Dice by the number of the class, without classes that neither file holds.
    public static final StructType DICE = new StructType().add("dice", DataTypes.createMapType(DataTypes.IntegerType, DataTypes.DoubleType,
            false)).add("error", DataTypes.StringType);

    private final Engine.Model model;
    private final Storage storage;

    private Samovar(Engine.Model model, Storage storage) {
        this.model = model;
        this.storage = storage;
    }

    /// With a checkpoint, as `--weights` takes it: a path that Hadoop reaches, `spark-file:NAME`, or `mini`, the built-in SAM. The driver looks at it,
    /// so that a wrong one is refused here, not in each row.
    ///
    /// @throws FormatException if it is not a SAM's
    public static Samovar of(SparkSession spark, String weights) {
        Storage storage = new Storage(spark.sparkContext().hadoopConfiguration());
        try (Desk desk = new Desk(storage)) {
            var model = new Engine.Model(Engine.place(weights, storage), false, false);
            try {
                Engine.config(model, desk);
            } catch (FormatException e) {
                throw new FormatException(desk.sentence(e), e);
            }
            return new Samovar(model, storage);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The embedding of a picture file, as [#EMBEDDING].
    public Column encode(Column picture) {
        return functions.udf((byte[] file) -> file == null ? null : answer(EMBEDDING, desk -> encoded(file, desk)), EMBEDDING).apply(picture);
    }

    /// Masks in a picture file, as [#SEGMENTS]: one for each of several boxes, or one for points, with or without a box, which are all on one object.
    ///
    /// @param points an array of [#POINT]; null or empty for none
    /// @param boxes an array of [#BOX]; null or empty for none
    public Column segment(Column picture, Column points, Column boxes) {
        return functions.udf((byte[] file, Seq<Row> clicks, Seq<Row> around) -> file == null
                ? null
                : answer(SEGMENTS, desk -> segmented(file, list(clicks), list(around), desk)), SEGMENTS).apply(picture, points, boxes);
    }

    /// Dice of two label files for each class but the background, as [#DICE].
    public static Column dice(Column predicted, Column truth) {
        return functions.udf((byte[] one, byte[] other) -> one == null || other == null
                ? null
                : answer(new Storage(new Configuration(false)), DICE, desk -> RowFactory.create(dice(one, other, desk), null)), DICE)
                .apply(predicted, truth);
    }

    private interface Answer {
        Row of(Desk desk) throws IOException;
    }

    private Row answer(StructType schema, Answer answer) {
        return answer(storage, schema, answer);
    }

    /// A result whose last field is the error: null if there is none.
    private static Row answer(Storage storage, StructType schema, Answer answer) {
        try (Desk desk = new Desk(storage)) {
            try {
                return answer.of(desk);
            } catch (IOException | RuntimeException e) {
                @Nullable
                Object[] fields = new Object[schema.size()];
                fields[fields.length - 1] = desk.sentence(e);
                return RowFactory.create(fields);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep files on this executor", e);
        }
    }

    private static Path file(byte[] content, String name, Desk desk) throws IOException {
        return Files.write(desk.folder().resolve(name), content);
    }

    private EmbeddedImage embedded(SamPredictor predictor, byte[] content, Desk desk) throws IOException {
        Picture picture = PictureFile.read(file(content, "picture", desk));
        return predictor.embed(picture);
    }

    private SamPredictor predictor(Desk desk) {
        Sam sam = desk.engine(model).sam();
        return new SamPredictor(sam, LiteMedSamFraming.orSams(sam.config()));
    }

    private Row encoded(byte[] content, Desk desk) throws IOException {
        Engine engine = desk.engine(model);
        EmbeddedImage image = embedded(predictor(desk), content, desk);
        int channels = engine.weights().config().promptWidth(), grid = engine.weights().config().grid();
        try (var _ = Scope.open()) {
            return RowFactory.create(image.height(), image.width(), channels, grid, image.tensor(engine.device()).toArray(), null);
        }
    }

    private Row segmented(byte[] content, List<Row> points, List<Row> boxes, Desk desk) throws IOException {
        List<Prompt> prompts = prompts(points, boxes);
        SamPredictor predictor = predictor(desk);
        EmbeddedImage image = embedded(predictor, content, desk);
        List<Row> masks = new ArrayList<>();
        for (Prompt prompt : prompts) {
            Candidate best = predictor.best(image, prompt);
            masks.add(RowFactory.create(best.mask().height(), best.mask().width(), Rle.of(best.mask()).coco(), best.iou()));
        }
        return RowFactory.create(masks, null);
    }

    private static List<Prompt> prompts(List<Row> points, List<Row> boxes) {
        if (points.isEmpty() && boxes.isEmpty()) throw new PromptException("nothing says what to segment; give points or boxes");
        if (boxes.size() > 1 && !points.isEmpty())
            throw new PromptException("several boxes are several things, and points belong to one; give one box with them, or boxes alone");
        Prompt clicks = points.isEmpty()
                ? null
                : new Prompt.Points(points.stream().map(p -> new Prompt.Point(number(p, "x"), number(p, "y"), (int) number(p, "label"))).toList());
        if (boxes.isEmpty()) return List.of(requireNonNull(clicks));
        List<Prompt> prompts = new ArrayList<>();
        for (Row box : boxes) {
            Prompt.Box edges = Prompt.box(number(box, "x0"), number(box, "y0"), number(box, "x1"), number(box, "y1"));
            prompts.add(clicks == null ? edges : edges.and(clicks));
        }
        return prompts;
    }

    /// A number of a point or a box, whatever its type. It is found by its name, because readers of JSON, for example, sort the fields of a struct.
    private static double number(@Nullable Row row, String field) {
        if (row != null) {
            int at = List.of(row.schema().fieldNames()).indexOf(field);
            if (at >= 0 && row.get(at) instanceof Number number) return number.doubleValue();
        }
        throw new PromptException("a prompt has no number " + field + "; a point has x, y and label, a box x0, y0, x1 and y1");
    }

    private static List<Row> list(@Nullable Seq<Row> rows) {
        return rows == null ? List.of() : CollectionConverters.asJava(rows);
    }

    private static Map<Integer, Double> dice(byte[] one, byte[] other, Desk desk) throws IOException {
        LabelVolume predicted = Volumes.readLabels(file(one, "predicted", desk)), truth = Volumes.readLabels(file(other, "truth", desk));
        CaseScores scores = CaseScores.of("labels", predicted, truth);
        Map<Integer, Double> dice = new HashMap<>();
        for (int c = 1; c < scores.classes().size(); c++) {
            double score = scores.of(c).counts().dice();
            if (!Double.isNaN(score)) dice.put(c, score);
        }
        return dice;
    }
}
