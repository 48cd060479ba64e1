import PoolModel

extension ProfileReference {
    static let scale = Section(
        "scale",
        "How many workers there are to be: who goes first, and scaling by load.",
        [
            ProfileField(
                "scale.order",
                \.scale.order,
                .choice(ShrinkOrder.allCases),
                "Which workers go first where there are to be fewer; `poolctl scale --first` overrides it."
            ),
            ProfileField(
                "scale.auto",
                \.scale.auto,
                .choice(ScaleSpec.Automatic.allCases),
                "Whether the pool grows and shrinks by load; `dry-run` only says what it would do, as an event."
            ),
            ProfileField("scale.min", \.scale.min, .integer(1...Limits.workersMax), "The fewest workers, by load."),
            ProfileField("scale.max", \.scale.max, .integer(1...Limits.workersMax), "The most workers, by load."),
            ProfileField(
                "scale.step",
                \.scale.step,
                .integer(1...Limits.workersMax),
                "Workers more or fewer at a time."
            ),
            ProfileField(
                "scale.grow_queue",
                \.scale.growQueue,
                .integer(0...1_000_000),
                "Requests that wait for a worker, from which on the pool grows; 0 turns this rule off."
            ),
            ProfileField(
                "scale.grow_busy",
                \.scale.growBusy,
                .share,
                "The workers' mean busy time, from which on the pool grows; 0 turns this rule off. A worker's busy time is the share of a core that it uses, or of `balance.in_flight_max` that it has in flight, whichever is more."
            ),
            ProfileField(
                "scale.shrink_busy",
                \.scale.shrinkBusy,
                .share,
                "The mean busy time up to which the pool shrinks, where nothing waits and those that stay would not be busy enough to grow."
            ),
            ProfileField(
                "scale.grow_after",
                \.scale.growAfter,
                .duration(from: .seconds(1)),
                "How long there must have been too much to do."
            ),
            ProfileField(
                "scale.shrink_after",
                \.scale.shrinkAfter,
                .duration(from: .seconds(1)),
                "How long there must have been too little to do."
            ),
            ProfileField(
                "scale.cooldown",
                \.scale.cooldown,
                .duration(from: .seconds(1)),
                "How long nothing is done after a change."
            ),
        ]
    )
}
