# Every message and every page in every language, from the templates that come
# with ordersave, to a file.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

# all four are rendered by browser_mails.t as well
my @locales = $ENV{ORDERSAVE_FULL} ? qw(en id ko fr) : qw(en fr);
my $t = OrderSave::Worker->new(campaign => {
    locales => \@locales,
    follow_up => {cancelled => {sms => JSON::PP::true, next_order => 'NEXT5',
                                next_order_percent => '5',
                                reorder_url => '/again'}},
    refund => {by => 'task', way => 'to your card', time => '5 days'},
    review => {after => '7d'}, recommend => {max => 4},
    policy => {returns => {text => 'Thirty days', url => '/returns'}, fees => 'No other fees'},
    track => {packaging => [{id => 'gift', title => 'As a gift'}]},
})->start(no_worker => 1);

$t->configure(share => $t->{share});
$t->start_worker;

my @mails = qw(cancelled applied refused paid refunded support_request
               support_refund support_refused support_task support_score
               support_answer support_approve support_reminder approved
               declined unanswered unpaid win_back rewarded cancel_received cancel_refused
               support_stop return_asked return_approved return_declined return_refunded
               support_return withdraw_received withdraw_told withdraw_evidence support_withdraw);
my @pages = qw(offer kept asked expired unknown score reason thanks stop return lookup withdraw);
my $file = $t->path('out');

sub render {
    my ($name, $locale, $kind) = @_;
    unlink $file;
    my ($rc, $out, $err) = $t->ctl('render', $name, '-l', $locale, '-k', $kind,
                                   '-o', $file);
    diag $err if $rc;
    return $rc ? '' : $t->read('out');
}

for my $locale (@locales) {
    my @bad;
    my %text;

    for my $name (@mails) {
        my $mail = render($name, $locale, 'mail');
        push @bad, "$name: no subject" if $mail !~ /\ASubject: \S/;
        push @bad, "$name: a tag is left" if $mail =~ /\{\{|\}\}/;
        my $html = render($name, $locale, 'html');
        # support reads the shop's first language
        my $lang = $name =~ /^support/ ? 'en' : $locale;
        push @bad, "$name: not in $lang" if $html !~ /<html lang="$lang"/;
        $text{$name} = $mail;
    }

    for my $name (@pages) {
        my $html = render($name, $locale, 'html');
        push @bad, "$name: not in $locale" if $html !~ /<html lang="$locale"/;
        push @bad, "$name: a tag is left" if $html =~ /\{\{/;
    }

    my $sms = render('cancelled', $locale, 'sms');
    push @bad, 'no SMS' if length $sms < 20;
    push @bad, 'an SMS without a short link' if $sms !~ m{ https?://[^/ ]+/ordersave/o/[\w-]{14} };
    push @bad, 'the mail of a cancel has no score'
        if $text{cancelled} !~ m{/ordersave/score/k1\.};
    push @bad, 'nor a coupon' if $text{cancelled} !~ /NEXT5/;
    push @bad, 'the offer has no pay link' if $text{applied} !~ m{/pay/1042};

    push @bad, 'a withdrawal of nothing' if grep { $text{$_} !~ /1 \xc3\x97 Blue mug with a lid/ } qw(withdraw_received withdraw_told support_withdraw);
    push @bad, 'a withdrawal without its time' if grep { $text{$_} !~ /20\d\d-\d\d-\d\d [\d:]+ UTC\+/ } qw(withdraw_received withdraw_told support_withdraw);
    push @bad, 'a return of nothing' if grep { $text{$_} !~ /Blue mug with a lid/ } qw(return_asked return_approved return_declined support_return);

    push @bad, 'a reason is told by its id'
        if $text{support_task} !~ /^Reason given: The total cost is too high$/m;

    # a colon has a space before it in French, that no line breaks at
    my $colon = $locale eq 'fr' ? "\xc2\xa0:" : ':';
    push @bad, 'a colon as elsewhere'
        if $text{applied} !~ /^[^:]*[^: \xa0]$colon \S*45[.,]40/m;

    is join("\n", @bad), '', "all of it in $locale";
}

# and through the worker, to a real inbox
my $o = $t->buy(customer => 'camille', locale => 'fr');
$t->accept($o);
my ($mail) = $t->mails(1, to => $t->record($o)->{email});
ok $mail, 'a mail in the shop\'s words';
like $mail->{html}, qr/<html lang="fr"/, 'in the order\'s language';
like $mail->{text}, qr/pay_for_order/, 'with the pay link';
is((grep { $_->[0] eq 'Content-Language' } @{$mail->{headers}})[0][1], 'fr',
   'and says so');

my ($rc, $out, $err) = $t->ctl('render', 'nonsense');
is $rc, 2, 'what is neither is wrong usage';
like $err, qr/^ordersavectl: there is no message or page nonsense; expected one of .+\n\z/, 'and it is said which there are';
my @all = split /, /, $err =~ s/.*expected one of |\n//gr;
for my $name (qw(cancelled stopped note page_offer page_review panel panel_wait block_returns)) {
    ok scalar(grep { $_ eq $name } @all), "$name is one of them";
}

# every one of them, in every language
my %text;
for my $locale (@locales) {
    my @bad;
    for my $name (@all) {
        my @kind = -e "$t->{share}/templates/$name.subject.mustache" ? ('-k', 'mail')
                 : -e "$t->{share}/templates/$name.sms.mustache" ? ('-k', 'sms') : ();
        ($rc, $out, $err) = $t->ctl('render', $name, '-l', $locale, @kind);
        push @bad, "$name: $rc $err" if $rc || $out !~ /\S/ || $out =~ /\{\{/;
        push @bad, "$name: not in $locale" if $name =~ /^page_|^panel(_wait)?$|^block_/ && $out !~ / lang="$locale"/;
        $text{"$name.$locale"} = $out;
    }
    is join("\n", @bad), '', scalar(@all) . " messages, pages, blocks in $locale";
}
like $text{'panel.en'}, qr/Out for delivery/i, 'the panel of an order on its way';
like $text{'panel.en'}, qr/A saucer to go with it/, 'with what fits';
like $text{'panel_part.en'}, qr/00340434161094042557/, 'and the number';
like $text{'page_track.en'}, qr/00340434161094042557/, 'so the page';
like $text{'block_products.en'}, qr/A saucer/, 'and the block';
like $text{'block_returns.en'}, qr/Thirty days/, "the shop's terms";
like $text{'page_answer.en'}, qr/value="new_address"/, 'what can be answered';
like $text{'page_review.en'}, qr/name="ordersave_stars"/, 'what can be said of it';
like $text{'page_stop.en'}, qr/has already left.*Thirty days/s, 'what has left cannot be stopped, and how it comes back';
like $text{'block_cancel.en'}, qr{href="/ordersave/cancel/[\w.-]+"}, 'the way to a cancel';
like $text{'cancel_refused.en'}, qr/Thirty days/, 'the same by mail';
like $text{'note.en'}, qr/The bell is at the gate/, "a note on the store's order";
like $text{'page_offer.en'}, qr/value="accept:ten"/, 'an offer on an order that is not paid yet';
is +($t->ctl('render', 'panel', $t->id($o)))[0], 0, 'the panel of a real order';
is +($t->ctl('render', 'returns'))[1], $text{'block_returns.en'}, 'a block by its short name';

mkdir $t->path('templates');
$t->write('templates/block_returns.html.mustache', '<p>ours: {{policy.returns.text}}</p>');
$t->write('templates/block_moon.html.mustache', '{{> block_returns.html}}');
is +($t->ctl('render', 'block_returns'))[1], "<p>ours: Thirty days</p>\n", "the shop's own block goes before";
is +($t->ctl('render', 'moon'))[1], "<p>ours: Thirty days</p>\n", 'and one that we have not';
like +($t->ctl('render', 'nonsense'))[2], qr/, block_moon, /, 'which is named as well';

is +($t->ctl('-k', 'foo', 'render', 'offer'))[2],
    "ordersavectl: --kind foo is not known; expected one of text, html, mail, sms\n", 'a kind that is none';
is +($t->ctl('-k', 'sms', 'render', 'offer'))[2], "ordersavectl: offer is no message: it has no --kind sms\n", 'a kind that no page has';
is +($t->ctl('render', '../../secret'))[0], 2, 'a path is no name';

# a mail that mail programs do not clip

my $items = [map {{id => $_, product_id => $_, name => "Thing number $_, " . 'with a long name ' x 8, quantity => 1, total => '1.00'}} 1 .. 277];
$t->webhook(JSON::PP->new->encode({id => 4712, status => 'processing', currency => 'EUR', total => '277.00',
    date_modified_gmt => '2026-11-21T10:00:00', billing => {email => 'many@shop.test'}, line_items => $items}));
$t->wait_for('the order', sub { $t->redis('EXISTS', $t->order_key(4712)) });
for my $name (qw(cancelled delivered support_cancel)) {
    my (undef, $mail) = $t->ctl('render', $name, 4712, '--kind', 'html');
    like $mail, qr/and 237 more/, "$name: says how much more was bought";
    cmp_ok length $mail, '<', 100_000, '  and is not clipped: ' . length $mail;
}

$t->stop;
done_testing;
