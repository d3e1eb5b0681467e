package dev.samovar.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/// Which code answers which address.
///
/// Requests come on virtual threads, which share only as many system threads as there are cores: a request that computes for seconds would keep the
/// others waiting. So answers are computed on threads of their own, and the virtual ones wait.
final class Routes implements AutoCloseable {
    private final ExecutorService workers = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("answer ", 0).factory());
    private record Route(String method, List<String> pattern, Consumer<Call> answer) {}

    private final List<Route> routes = new ArrayList<>();

    /// Adds a route.
    ///
    /// @param pattern as `/api/cases/*/slice/*/*`, each asterisk standing for a part between slashes
    Routes on(String method, String pattern, Consumer<Call> answer) {
        routes.add(new Route(method, List.of(pattern.substring(1).split("/")), answer));
        return this;
    }

    /// Answers a request.
    ///
    /// @throws Refusal if there is nothing at its address
    void answer(Call call) {
        TreeSet<String> methods = new TreeSet<>();
        for (Route route : routes) {
            if (!fits(route.pattern, call.path())) continue;
            methods.add(route.method);
            if (!route.method.equals(call.method())) continue;
            List<String> values = new ArrayList<>();
            for (int i = 0; i < route.pattern.size(); i++) if (route.pattern.get(i).equals("*")) values.add(call.path().get(i));
            call.with(values);
            if (route.method.equals("POST")) call.read();
            call.tab();                                                 // which must be one
            apart(() -> route.answer.accept(call));
            return;
        }
        if (methods.isEmpty()) throw Refusal.absent("there is nothing at this address");
        call.headers().set("Allow", String.join(", ", methods));
        throw new Refusal(Refusal.METHOD, "at this address there is only " + String.join(" and ", methods));
    }

    /// Does work on another thread, and waits for it.
    void apart(Runnable work) {
        try {
            workers.submit(work).get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException wrong -> throw wrong;
                case Error wrong -> throw wrong;
                case null, default -> throw new IllegalStateException(e);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw Refusal.notNow("the server is ending");
        }
    }

    @Override
    public void close() {
        workers.close();
    }

    private static boolean fits(List<String> pattern, List<String> path) {
        if (pattern.size() != path.size()) return false;
        for (int i = 0; i < path.size(); i++)
            if (!pattern.get(i).equals("*") && !pattern.get(i).equals(path.get(i))) return false;
        return true;
    }
}
