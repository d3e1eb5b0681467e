package dev.samovar.spark;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Sentence;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import scala.Function2;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.runtime.BoxedUnit;

/// Has the executors process many items: first asks the executors what they are, then shares the work out by its cost, and hears of each task when it
/// is done.
final class Runner {
    private static final int CHUNK = 256;                                          // items measured in one task
    private static final Pattern LOST = Pattern.compile("\\(TID \\d+\\) \\((\\S+) executor (\\S+?)\\)");

    /// Processes one item. Wrong files are reported by exceptions.
    interface Work extends Serializable {
        /// Processes the item.
        Outcome of(Item item, Desk desk) throws IOException;
    }

    /// What an executor needs.
    ///
    /// @param model that they compute with; null if they need none
    /// @param required which kernels must be there: `vector`, `scalar`, or empty
    record Needs(Engine.@Nullable Model model, String required) implements Serializable {
        /// This executor, as far as it can be used.
        Executor here(Storage storage) {
            Executor here = Executor.here(required);
            if (model == null || here.refusal() != null) return here;
            try {
                return here.with(Engine.of(model, storage, Desk.threads()));
            } catch (FormatException | UncheckedIOException e) {                    // a task that failed would be tried again
                String sentence = e instanceof UncheckedIOException io ? Sentence.of(io) : Sentence.oneLine(String.valueOf(e.getMessage()));
                return here.refused(Refusal.input(sentence));
            }
        }
    }

    /// What is sent to the executors once.
    private record Parcel(Storage storage, Needs needs, Work work) implements Serializable {}

    /// The result of a task.
    private record Done(Executor executor, List<Outcome> outcomes) implements Serializable {}

    private final JavaSparkContext context;
    private final Storage storage;
    private final Consumer<String> say;
    private final long maxFailures;
    private final SortedMap<String, Executor> executors = new TreeMap<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private int tenths;

    /// @param say receives progress messages
    /// @param maxFailures how many items may fail until the job is given up
    Runner(SparkSession spark, Consumer<String> say, long maxFailures) {
        context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        storage = new Storage(context.hadoopConfiguration());
        this.say = say;
        this.maxFailures = maxFailures;
    }

    Storage storage() {
        return storage;
    }

    /// Those that it knows, by their ids.
    SortedMap<String, Executor> executors() {
        return executors;
    }

    /// Queries the executors before the work begins. All of them are alike, and one is returned.
    ///
    /// @throws Refusal if one cannot be used, or they differ in what decides the last bits
    Executor look(Needs needs) {
        within("what executors are", new Parcel(storage, needs, (item, _) -> Outcome.there(item)), parcel -> look(parcel, places()));
        return executors.sequencedValues().getFirst();
    }

    /// Works on all items.
    ///
    /// @param what the work's name in messages
    /// @throws Refusal if an executor cannot be used, they differ in what decides the last bits, or too many items fail
    Report run(String what, List<Item> items, Needs needs, Work work) {
        checkNames(items);
        return within(what, new Parcel(storage, needs, work), parcel -> {
            look(parcel, places());
            List<Extent> extents = measure(items, parcel);
            tellCost(extents, places());
            long start = System.nanoTime();
            submit(Plan.of(items, extents.stream().map(Extent::cost).toList(), places()), parcel, items.size());
            say.accept(String.format(Locale.ROOT, "%d slices in %.1f s", outcomes.stream().mapToLong(Outcome::slices).sum(), (System.nanoTime()
                    - start) * 1e-9));
        });
    }

    /// Works on items that are not files, after [#look].
    ///
    /// @param costs the relative costs of the items
    /// @throws Refusal if an executor cannot be used, they differ in what decides the last bits, or too many items fail
    Report run(String what, List<Item> items, List<Long> costs, Needs needs, Work work) {
        checkNames(items);
        return within(what, new Parcel(storage, needs, work), parcel -> submit(Plan.of(items, costs, places()), parcel, items.size()));
    }

    /// How many tasks run at once.
    private int places() {
        return Math.max(1, context.defaultParallelism() / context.getConf().getInt("spark.task.cpus", 1));
    }

    /// Runs tasks that can be cancelled together, and returns their outcomes.
    private Report within(String what, Parcel parcel, Consumer<Broadcast<Parcel>> tasks) {
        outcomes.clear();
        tenths = 0;
        Broadcast<Parcel> sent = context.broadcast(parcel);
        String group = "samovar-" + UUID.randomUUID();
        context.setJobGroup(group, "samovar: " + what, true);
        try {
            tasks.accept(sent);
        } catch (Exception e) {                                                    // Scala's methods do not declare what they throw
            context.sc().cancelJobGroup(group);
            throw translated(e);
        } finally {
            context.clearJobGroup();
            sent.destroy();
        }
        return new Report(outcomes.stream().sorted(Comparator.comparing(Outcome::name)).toList(), executors, "");
    }

    private static void checkNames(List<Item> items) {
        Set<String> names = new HashSet<>();
        for (Item item : items)
            if (!names.add(item.name()))
                throw Refusal.input("two items are called " + FormatException.shown(item.name())
                        + "; give them different names in a manifest");
        if (items.isEmpty()) throw Refusal.input("there is nothing to do: no file was found");
    }

    /// Asks the executors what they are, with two tasks for each place, so that each is likely to get one.
    private void look(Broadcast<Parcel> parcel, int places) {
        int asked = 2 * places;
        for (Executor one : context.parallelize(IntStream.range(0, asked).boxed().toList(), asked)
                .map(_ -> parcel.value().needs.here(parcel.value().storage)).collect())
            meet(one);
    }

    /// Records an executor, or refuses it if it cannot be used.
    private void meet(Executor one) {
        Refusal refusal = one.refusal();
        if (refusal != null) throw refusal;
        Executor first = executors.isEmpty() ? one : executors.get(executors.firstKey());
        if (first != null && !first.weights().equals(one.weights()))
            throw Refusal.input(Executor.name(one.id(), one.host()) + " read another checkpoint than " + Executor.name(first.id(), first.host())
                    + " under the same name; put the same file there");
        if (first != null && !first.kernels().equals(one.kernels()))
            throw Refusal.environment(Executor.name(one.id(), one.host()) + " computes with " + one.kernels() + ", and "
                    + Executor.name(first.id(), first.host()) + " with " + first.kernels()
                    + ", which differ in the last bits; -Dsamovar.vector.bits=256 in spark.executor.extraJavaOptions makes them equal");
        if (executors.put(one.id(), one) == null) say.accept(one.toString());
    }

    private List<Extent> measure(List<Item> items, Broadcast<Parcel> parcel) {
        return context.parallelize(items, Math.ceilDiv(items.size(), CHUNK)).map(item -> {
            try (Desk desk = new Desk(parcel.value().storage)) {
                return Extent.of(item, desk);
            }
        }).collect();
    }

    /// Reports what there is to do, and how much memory an executor takes.
    private void tellCost(List<Extent> extents, int places) {
        long slices = extents.stream().mapToLong(Extent::slices).sum(), largest = extents.stream().mapToLong(Extent::memory).max().orElse(0);
        Executor any = executors.get(executors.firstKey());
        if (any == null) return;
        long needed = any.memory() + Math.ceilDiv(places, executors.size()) * (any.perTask() + largest);
        say.accept(extents.size() + " items, about " + slices + " slices; an executor takes about " + Executor.gib(needed) + " of memory");
        for (Executor one : executors.values())
            if (needed > one.heap())
                say.accept("warning: " + Executor.name(one.id(), one.host()) + " has only " + Executor.gib(one.heap())
                        + "; give it more with --executor-memory (local mode: --driver-memory)");
    }

    private void submit(List<List<Item>> tasks, Broadcast<Parcel> parcel, int all) {
        Function2<TaskContext, scala.collection.Iterator<List<Item>>, Done> task = (Function2<TaskContext, scala.collection.Iterator<List<Item>>, Done> & Serializable) (
                _, part) -> work(CollectionConverters.asJava(part), parcel.value());
        Function2<Object, Done, BoxedUnit> heard = (_, done) -> {
            heard(done, all);
            return BoxedUnit.UNIT;
        };
        List<Object> numbers = new ArrayList<>(IntStream.range(0, tasks.size()).boxed().toList());
        context.sc().runJob(context.parallelize(tasks, tasks.size()).rdd(), task, CollectionConverters.asScala(numbers).toSeq(), heard,
                ClassTag.apply(Done.class));
    }

    /// Runs on an executor.
    private static Done work(java.util.Iterator<List<Item>> items, Parcel parcel) {
        Executor here = parcel.needs.here(parcel.storage);
        List<Outcome> outcomes = new ArrayList<>();
        if (here.refusal() != null) return new Done(here, outcomes);
        while (items.hasNext()) for (Item item : items.next()) outcomes.add(work(item, parcel));
        return new Done(here, outcomes);
    }

    private static Outcome work(Item item, Parcel parcel) {
        long start = System.nanoTime();
        try (Desk desk = new Desk(parcel.storage)) {
            try {
                return parcel.work.of(item, desk).took((System.nanoTime() - start) * 1e-9);
            } catch (IOException | RuntimeException e) {
                if (TaskContext.get().isInterrupted()) throw e;                    // the task is being cancelled, and the file is not to blame
                return Outcome.failed(item, desk.sentence(e)).took((System.nanoTime() - start) * 1e-9);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep files on this executor: " + Sentence.of(e), e);
        }
    }

    /// Runs on the driver, in the order in which tasks end.
    private synchronized void heard(Done done, int all) {
        meet(done.executor);
        outcomes.addAll(done.outcomes);
        for (Outcome one : done.outcomes) {
            for (String remark : one.remarks()) say.accept("warning: " + one.name() + ": " + remark);
            if (one.state() == Outcome.State.FAILED) say.accept("failed: " + one.name() + ": " + one.sentence());
        }
        long failed = outcomes.stream().filter(one -> one.state() == Outcome.State.FAILED).count();
        if (failed > maxFailures)
            throw Refusal.input(failed + (failed == 1 ? " item" : " items") + " failed, and --max-failures allows " + maxFailures);
        if (10 * outcomes.size() / all == tenths) return;
        tenths = 10 * outcomes.size() / all;
        say.accept(outcomes.size() + " of " + all);
    }

    /// Turns Spark's report of a failure into one sentence where that is possible.
    private static RuntimeException translated(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) if (t instanceof Refusal refusal) return refusal;
        String words = String.valueOf(thrown.getMessage());
        if (words.contains("UnsupportedClassVersionError")) return oldJava(words);
        return thrown instanceof RuntimeException own ? own : new IllegalStateException(words, thrown);
    }

    /// Recognises an executor on an older Java. It cannot even load our classes, and Spark reports that in a page of text.
    static Refusal oldJava(String words) {
        Matcher lost = LOST.matcher(words);
        String who = lost.find() ? Executor.name(lost.group(2), lost.group(1)) : "an executor";
        return Refusal.environment(who
                + ": it runs a Java older than 25, and Samovar needs 25.0.3 or newer; set spark.executorEnv.JAVA_HOME "
                + "(or JAVA_HOME where its worker starts) to one");
    }
}
