//! The closed vocabularies of the domain: each a plain enum with one name, the same in code, TOML, JSON and proto.

/// Declares an enum whose values have one name each; serde, `Display` and `ALL` use it.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$value_doc])* #[serde(rename = $text)] $value,)*
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$value,)*];

            /// The name on the wire and in files.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text,)* }
            }

            /// The value of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$value),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use names;

names! {
    /// Who answers; ordered, so that a higher tier is a greater one.
    Tier {
        /// The AI, at once.
        Ai = "ai",
        /// The AI's words, checked by a person.
        Assisted = "assisted",
        /// A dedicated advisor.
        Advisor = "advisor",
    }
}

impl Tier {
    /// One tier up; an advisor stays one.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Self::Ai => Self::Assisted,
            Self::Assisted | Self::Advisor => Self::Advisor,
        }
    }
}

names! {
    /// How the customer feels; from the best to the worst, so that a greater one is worse.
    Emotion {
        /// Glad or thankful.
        Positive = "positive",
        /// Calm.
        Neutral = "neutral",
        /// Urging or worried, without blame.
        Anxious = "anxious",
        /// Disappointed, blaming or sarcastic.
        Dissatisfied = "dissatisfied",
        /// Insulting, threatening or shouting.
        Angry = "angry",
    }
}

impl Emotion {
    /// The name for people.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Positive => "愉快",
            Self::Neutral => "平静",
            Self::Anxious => "着急",
            Self::Dissatisfied => "不满",
            Self::Angry => "愤怒",
        }
    }
}

names! {
    /// How the feeling moved since the customer's earlier turns.
    Trend {
        /// It got better.
        Better = "better",
        /// It stayed, or there is nothing to compare with.
        Same = "same",
        /// It got worse.
        Worse = "worse",
    }
}

names! {
    /// Where the message came in.
    Channel {
        /// The shop's chat box.
        Chat = "chat",
        /// A ticket or form.
        Ticket = "ticket",
        /// A call, transcribed.
        Voice = "voice",
        /// A comment under a note or an item.
        Comment = "comment",
        /// The comments of a live stream.
        Livestream = "livestream",
        /// A private message on a social platform.
        Social = "social",
        /// A form inside an app.
        InApp = "in_app",
        /// Typed in by staff of a physical shop.
        Offline = "offline",
    }
}

names! {
    /// What a customer is worth to the shop, as the shop says.
    CustomerValue {
        /// Like most.
        Regular = "regular",
        /// A high-value customer.
        High = "high",
    }
}

names! {
    /// Who spoke a turn.
    Speaker {
        /// The customer.
        Customer = "customer",
        /// The AI.
        Ai = "ai",
        /// A person of the shop.
        Agent = "agent",
    }
}

names! {
    /// The trade a message is about.
    Vertical {
        /// Skin care and make-up.
        Beauty = "beauty",
        /// Clothes, shoes and bags.
        Apparel = "apparel",
        /// Furniture and household goods.
        Home = "home",
        /// For mothers and babies.
        MotherBaby = "mother_baby",
        /// Food and drink.
        Food = "food",
        /// Electronics and appliances.
        Electronics = "electronics",
        /// Hair, teeth, body.
        PersonalCare = "personal_care",
        /// Bought abroad, through customs.
        CrossBorder = "cross_border",
    }
}

names! {
    /// Whether the first intent can be taken for what is meant.
    Match {
        /// It can.
        Intent = "intent",
        /// Two intents are nearly as likely.
        Ambiguous = "ambiguous",
        /// It could be about anything.
        Unclear = "unclear",
        /// Clear, but nothing that a shop answers.
        OutOfScope = "out_of_scope",
    }
}

names! {
    /// Whose reading the decision rests on.
    Believed {
        /// The model's.
        Model = "model",
        /// The lexicon's.
        Lexicon = "lexicon",
        /// Nobody's: neither knew anything.
        Nobody = "nobody",
    }
}

names! {
    /// Which model answered.
    AnsweredBy {
        /// The bag of words and n-grams.
        Fast = "fast",
        /// The transformer, alone or together with the fast model.
        Deep = "deep",
    }
}

names! {
    /// How soon before others; ordered, so that a more urgent one is greater.
    Priority {
        /// After the rest.
        Low = "low",
        /// In turn.
        Normal = "normal",
        /// Before the rest.
        High = "high",
        /// Before all.
        Urgent = "urgent",
    }
}
