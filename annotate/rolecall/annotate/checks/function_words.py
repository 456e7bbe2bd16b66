"""Prepositions and pronouns by language: the small words that guidelines leave out or leave alone.

Prepositions that often open a quantity ("about", "over", "up to") and those that mark an infinitive are not among them.
"""

PREPOSITIONS = {
    language: frozenset(words.split())
    for language, words in {
        "de": "am an auf aus bei beim bis durch für gegen im in ins mit nach seit von vom vor während wegen zum zur",
        "en": "against amid at because by despite during for from in inside into of on onto outside since through "
        "towards under until with without",
        "es": "a al bajo con contra de del desde durante en hacia hasta para por según sin",
        "fr": "à au aux avec chez contre dans depuis dès durant en par pendant pour sans sous sur vers",
        "it": "a al alla con contro da dal dalla di del della durante in nel nella per senza sotto su sul sulla",
        "pt": "ao com contra da de desde do durante em na no para pela pelo por sem sob",
        "ru": "без в во для до за из к ко на над о об от перед по под при против с со у через",
        "uk": "без в від для до з за зі із на над під по при про проти у через",
    }.items()
}
PRONOUNS = {
    language: frozenset(words.split())
    for language, words in {
        "de": "du er es euch ich ihm ihn ihnen ihr mich mir sich sie uns wer wir",
        "en": "he her hers herself him himself his i it itself me mine my myself our ours ourselves she their "
        "theirs them themselves they us we which who whom whose you your yours yourself",
        "es": "ella ellas ello ellos le les lo los nos nosotros quien quienes se sí tú usted ustedes yo",
        "fr": "elle elles eux il ils je leur lui moi nous qui se soi toi tu vous",
        "it": "chi ella essi gli io lei li loro lui noi si tu voi",
        "kk": "біз мен олар ол оларды оған оны сен сіз",
        "pt": "ela elas ele eles eu lhe lhes nós quem se vós você vocês",
        "ru": "вам вас вы его ее её ей ему ею им ими их кто которая которые который кого мне меня мной мы нам нами нас "
        "он она они оно себе себя ты я",
        "uk": "ви вам вас він вона вони воно його йому їй їм їх ми нам нас хто я",
    }.items()
}


def code_of(lang: str | None) -> str:
    """Return the language of a code with or without a country: "en" for "en-GB"; "" for none."""
    return (lang or "").replace("_", "-").partition("-")[0].lower()
