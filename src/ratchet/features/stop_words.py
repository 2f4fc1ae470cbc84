"""Words that say little about what a text is about: articles, pronouns, prepositions, conjunctions, auxiliary verbs.

The lists were put together for this package and have only words of those classes, as they are written, in lower case;
what an apostrophe parts (``l'``, ``n't``) is in them as the two words that it makes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

from ratchet.errors import SpecError

_WORD = re.compile(r"[^\W_]+")

_LISTS = {
    "de": """
        der die das des dem den ein eine einer eines einem einen kein keine keiner keines keinem keinen ich du er sie
        es wir ihr mich dich ihn uns euch mir dir ihm ihnen sich mein meine meiner meines meinem meinen dein deine
        deiner deines deinem deinen sein seine seiner seines seinem seinen ihre ihrer ihres ihrem ihren unser unsere
        unserer unseres unserem unseren euer eure eurer eures eurem euren dieser diese dieses diesem diesen jener jene
        jenes jenem jenen welcher welche welches welchem welchen wer wen wem was man und oder aber denn sondern wenn
        als ob dass daß weil da damit obwohl während bevor nachdem bis sowie wie an am auf aus bei beim durch für
        gegen hinter in im ins mit nach neben ohne seit über um unter von vom vor zu zum zur zwischen bin bist ist
        sind seid war warst waren wart sei gewesen habe hast hat haben habt hatte hattest hatten hattet gehabt werde
        wirst wird werden werdet wurde wurden worden geworden kann kannst können könnt konnte konnten muss musst
        müssen musste mussten soll sollst sollen sollte sollten will willst wollen wollte wollten würde würden nicht
        auch nur noch schon so hier dort dann nun also
    """,
    "en": """
        a an the i you he she it we they me him her us them my your his its our their mine yours hers ours theirs
        myself yourself himself herself itself ourselves yourselves themselves this that these those who whom whose
        which what and or but nor so yet if because as until while although though unless since than of at by for with
        about against between into through during before after above below to from up down in out on off over under am
        is are was were be been being have has had having do does did doing will would shall should can could may
        might must there here when where why how all any both each few more most other some such only own same too
        very just then once again further s t d ll m o re ve y
    """,
    "es": """
        el la los las lo un una unos unas al del yo tú él ella ello nosotros nosotras vosotros vosotras ellos ellas
        usted ustedes me te se nos os le les mí ti sí mi mis tu tus su sus nuestro nuestra nuestros nuestras vuestro
        vuestra vuestros vuestras suyo suya suyos suyas este esta estos estas esto ese esa esos esas eso aquel aquella
        aquellos aquellas aquello que quien quienes cual cuales cuyo cuya qué quién cuál y e o u ni pero sino si
        porque pues aunque como cuando donde mientras a ante bajo con contra de desde durante en entre hacia hasta
        para por según sin sobre tras soy eres es somos sois son era eras éramos eran fui fue fueron ser sido siendo
        sea sean estoy estás está estamos están estaba estaban estar estado he has ha hemos han había habían haber
        habido hay tengo tiene tienen tenía tener no más muy ya también tan
    """,
    "fr": """
        le la les l un une des du de d au aux ce cet cette ces c ça cela ceci je j tu il elle on nous vous ils elles
        me m te t se s moi toi lui leur leurs eux soi y en mon ma mes ton ta tes son sa ses notre nos votre vos mien
        tien sien nôtre vôtre qui que qu quoi dont où lequel laquelle lesquels lesquelles auquel duquel desquels quel
        quelle quels quelles et ou mais donc or ni car si comme quand lorsque lorsqu puisque puisqu parce afin ainsi à
        dans par pour avec sans sous sur vers chez entre contre depuis pendant avant après jusque jusqu suis es est
        sommes êtes sont étais était étions étiez étaient fus fut fûmes furent serai sera serons seront serais serait
        seraient sois soit soient été étant être ai as a avons avez ont avais avait avions aviez avaient eu eut eurent
        aurai aura aurons auront aurais aurait auraient aie ait aient ayant avoir n ne pas plus même mêmes aussi très
        tout tous toute toutes
    """,
    "it": """
        il lo la i gli le l un uno una al allo alla ai agli alle all del dello della dei degli delle dell dal dallo
        dalla dai dagli dalle dall nel nello nella nei negli nelle nell sul sullo sulla sui sugli sulle sull col io tu
        lui lei noi voi loro egli ella essi esse mi ti si ci vi li ne me te sé mio mia miei mie tuo tua tuoi tue suo
        sua suoi sue nostro nostra nostri nostre vostro vostra vostri vostre questo questa questi queste quello quella
        quelli quelle che chi cui quale quali cosa e ed o od ma né se perché come quando dove mentre anche di a ad da
        in con su per tra fra sono sei è siamo siete era eri erano fui fu furono essere stato stata stati state sia
        siano ho hai ha abbiamo avete hanno avevo aveva avevano avere avuto non più molto già c d
    """,
    "nl": """
        de het een ik jij je u hij zij ze wij we jullie mij me jou hem haar ons hen hun zich mijn jouw uw zijn onze
        deze dit die dat wie wat welke en of maar want dus als omdat dan toen terwijl hoewel aan achter bij door in
        met na naar om onder op over per tegen te tot tussen uit van voor zonder ben bent is waren was geweest wezen
        heb hebt heeft hebben had hadden gehad word wordt worden werd werden geworden kan kunt kunnen kon konden moet
        moeten moest moesten zal zult zullen zou zouden wil willen wilde mag mogen niet geen er hier daar ook nog al
        zo
    """,
    "pt": """
        o a os as um uma uns umas ao aos à às do da dos das no na nos nas pelo pela pelos pelas num numa dum duma eu
        tu ele ela nós vós eles elas você vocês me te se lhe lhes vos mim ti si meu minha meus minhas teu tua teus
        tuas seu sua seus suas nosso nossa nossos nossas vosso vossa vossos vossas este esta estes estas isto esse
        essa esses essas isso aquele aquela aqueles aquelas aquilo que quem qual quais cujo cuja e ou nem mas porque
        pois como quando onde enquanto embora de em por para com sem sob sobre entre até desde contra sou és é somos
        são era eras éramos eram fui foi foram ser sido sendo seja sejam estou está estamos estão estava estavam estar
        tenho tem temos têm tinha tinham ter tido há havia não mais muito já também
    """,
}
STOP_WORDS = {language: frozenset(words.split()) for language, words in _LISTS.items()}


_SHARE, _AHEAD, _DIFFERENT = 0.1, 2.0, 5
"""Of all words of texts in a language so many are its stop words, so many times those of any other language, and so
many different ones."""


def language_of(texts: Iterable[str]) -> str | None:
    """The language of texts by their stop words, of those that have a list; None where none stands out.

    >>> language_of(["L'huile de la lampe est pour les soirées"]), language_of(["lampe huile"])
    ('fr', None)
    """
    words = Counter(word.lower() for text in texts for word in _WORD.findall(text))
    found = {each: sum(words[word] for word in stops) for each, stops in STOP_WORDS.items()}
    first, second, *_ = sorted(found, key=lambda each: -found[each])
    clear = found[first] >= max(_SHARE * words.total(), _AHEAD * found[second])
    return first if clear and len(STOP_WORDS[first] & words.keys()) >= _DIFFERENT else None


def without_stop_words(language: str) -> Callable[[str], str]:
    """A function that leaves the stop words of a language out of a text; raises `SpecError` where there is no list.

    >>> without_stop_words("fr")("L'huile de la lampe")
    "'huile   lampe"
    """
    if language not in STOP_WORDS:
        raise SpecError(
            f"there are no stop words for the language {language!r}",
            todo=f"give stop_words one of {', '.join(sorted(STOP_WORDS))}, or leave it out",
        )
    stops = STOP_WORDS[language]
    return lambda text: _WORD.sub(lambda found: "" if found[0].lower() in stops else found[0], text)
